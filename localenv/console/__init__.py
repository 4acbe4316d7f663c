"""All output for people; only the command line imports these modules."""
