"""What is computed: steps, optimiser and schedule, averaged weights."""
