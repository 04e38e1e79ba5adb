"""Newcomers: what settlement knows of the people of a case before they are anybody's neighbours."""
