"""Everything said to a person; no module here is imported by another part of localenv than the command line."""
