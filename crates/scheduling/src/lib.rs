//! Node state as columns, filters, scores and batches for the scheduler.
