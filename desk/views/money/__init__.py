"""Pages of changes of money: a form, a review with the effect on each side, then the change or a second person."""
