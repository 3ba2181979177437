"""The action catalogue as people change it: drafts of its file, checked, published, kept and taken back."""
