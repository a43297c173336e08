//! Invocations in shell text: the commands that run one of ours, excerpts of their flags, options of other tools that
//! hand flags on, and flags in variables.

mod commands;
mod excerpt;
mod fragments;
mod handed_on;
mod prose;
mod strvals;

pub(in crate::source) use commands::{Found, after as directory_after, commands, may_hold_a_command, names_us, nested};
pub(in crate::source) use fragments::{Assigned, fragments};
pub(in crate::source) use handed_on::handed_on;
pub(in crate::source) use prose::{is_about_flags, is_type};
