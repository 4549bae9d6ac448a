"""Rates, frequency, trends and interview KPIs."""
