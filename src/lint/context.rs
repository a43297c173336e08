//! What a rule may look at beside its target.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::rc::Rc;

use time::{Duration, OffsetDateTime};

use crate::model::{Objects, Overlap, Setup};
use crate::source::BaseDirectory;

use super::{Beside, Policy};

/// What a rule may look at beside its target. Everything is already read; a rule does no input.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// Everything that was found beside the target, which may be among it: the same file's and directory's documents.
    pub beside: &'a Beside<'a>,
    /// The objects around APIServices and extension API servers.
    pub objects: &'a Objects,
    pub now: OffsetDateTime,
    /// How long before its end a certificate counts as expiring.
    pub expiry_warning: Duration,
    /// What a team accepts.
    policy: Option<&'a Policy>,
    /// The fingerprints of what was there before, and with what they were recorded.
    known: Option<(&'a HashMap<String, usize>, &'a BaseDirectory)>,
    /// `None`: one question is asked, and nothing is kept for others.
    facts: Option<&'a Facts<'a>>,
}

/// What is worked out about one set-up, once for all rules that ask. Of another that a rule makes out of it no two ask.
#[derive(Debug)]
pub(super) struct Facts<'a> {
    setup: &'a Setup,
    overlap: OnceCell<Rc<Overlap>>,
}

impl<'a> Facts<'a> {
    pub(super) fn new(setup: &'a Setup) -> Self {
        Self { setup, overlap: OnceCell::new() }
    }
}

impl<'a> Context<'a> {
    pub fn new(beside: &'a Beside<'a>, objects: &'a Objects, now: OffsetDateTime, expiry_warning: Duration) -> Self {
        Self { beside, objects, now, expiry_warning, policy: None, known: None, facts: None }
    }

    /// Where a team has settings.
    pub(super) fn under(self, policy: &'a Policy) -> Self {
        Self { policy: Some(policy), ..self }
    }

    pub(super) fn policy(&self) -> Option<&'a Policy> {
        self.policy
    }

    /// Where only what is new is reported.
    pub(super) fn beyond(self, known: &'a HashMap<String, usize>, base: &'a BaseDirectory) -> Self {
        Self { known: Some((known, base)), ..self }
    }

    pub(super) fn known(&self) -> Option<(&'a HashMap<String, usize>, &'a BaseDirectory)> {
        self.known
    }

    /// For all questions about the set-up of these facts.
    pub(super) fn with(self, facts: Option<&'a Facts<'a>>) -> Self {
        Self { facts, ..self }
    }

    /// At another time.
    pub(super) fn at(self, now: OffsetDateTime) -> Self {
        Self { now, facts: None, ..self }
    }

    /// As if there were nothing beside the target.
    pub(super) fn alone(self) -> Self {
        Self { beside: Beside::nothing(), ..self }
    }

    /// What the two bundles of a set-up have to do with each other.
    pub(crate) fn overlap(&self, setup: &Setup) -> Rc<Overlap> {
        let find = || Rc::new(Overlap::of(setup, self.now));
        match self.facts.filter(|facts| std::ptr::eq(facts.setup, setup)) {
            Some(facts) => Rc::clone(facts.overlap.get_or_init(find)),
            None => find(),
        }
    }
}
