//! The definitions of assembled columns, each on timelines small enough to check by eye.

mod causality;
mod constraints;
mod copies;
mod drawn;
mod hostile;
mod rows;
mod surveys;
mod timing;
