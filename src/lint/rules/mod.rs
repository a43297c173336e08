//! The rules, one file each.

#[cfg(test)]
pub(crate) mod testing;

use super::Rule;

/// Every rule, in the order in which reports show them: who can be whom first.
pub static ALL: &[&Rule] = &[];

/// The rule with this id.
pub fn find(id: &str) -> Option<&'static Rule> {
    ALL.iter().find(|rule| rule.id == id).copied()
}
