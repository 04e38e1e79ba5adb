"""Erasure: one person proposes to erase somebody, another decides, and every service forgets them."""
