"""Kill -9 at the points where a crash hurts most: nothing lost, nothing twice, nothing invented."""
