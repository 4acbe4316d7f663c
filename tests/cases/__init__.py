"""Small repositories that once went wrong, kept beside this repository, and what is right for each."""
