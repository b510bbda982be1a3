"""From true rows to the files an organisation would send."""
