"""Who gets which leads: teams, remits, quotas and fair shares."""
