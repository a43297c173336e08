//! What a fix prints is typed, as it stands there, and what was found is gone, with nothing new.
//!
//! One rule after the other (`rules`), and whatever is wrong together (`advice`). A node's files are made in a directory,
//! its set-up is judged, the printed commands run in a shell, and the printed flags take the place of those of the same
//! names. `kubectl` is a stub that patches the objects of the set-up.

#![allow(clippy::unwrap_used, clippy::panic)]

mod advice;
mod answers;
mod cluster;
mod kubectl;
mod node;
mod published;
mod rules;
mod waiting;
