"""The tables of cases, of what verification showed and of journeys, and every query on them."""
