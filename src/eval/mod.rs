//! Measuring and fitting: labelled questions, metrics, the training of ranking and confidence.
//!
//! Fitting lives here, applying in `search` and `answer`.
pub mod baselines;
pub mod calibration;
pub mod cases;
pub mod fit;
pub mod invent;
pub mod labelled;
pub mod metrics;
pub mod rows;
pub mod study;
