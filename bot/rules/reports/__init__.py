"""The half-yearly report: the snapshot it is made from, its way from draft to signed, and the leads' own words."""
