"""Cases: verification and its second instance, triage by rules, plans, who works on them and hands them over, how they
end; and the journey of every person on them."""
