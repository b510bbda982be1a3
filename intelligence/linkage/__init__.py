"""Who is who: records linked to people by probability, explained and trained."""
