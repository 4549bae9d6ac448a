"""The audit chain, its verification, retention and erasure."""
