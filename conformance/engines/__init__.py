"""Where containers run. The kit asks an `Engine` for one run at a time and gets a plain record back."""
