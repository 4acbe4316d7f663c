"""What programs of an environment print: merged, filtered, and searched for what explains a failure."""
