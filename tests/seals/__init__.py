"""Two worlds: what a sealed programme must not change for anybody who is not on its list."""
