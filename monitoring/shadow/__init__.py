"""A challenger beside the champion, on the same customers, before anybody is called by it."""
