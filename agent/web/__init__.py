"""The interpreter in a browser: a page to speak and to listen, and the tokens it needs."""
