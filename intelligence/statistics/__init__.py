"""Statistical methods: pure, typed functions with published sources."""
