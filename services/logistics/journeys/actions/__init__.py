"""What can be done with journeys: plan, depart, check in, arrive; and split a group."""
