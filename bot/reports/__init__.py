"""Documents: charts, the copy for a subject access request, and the check of published figures."""
