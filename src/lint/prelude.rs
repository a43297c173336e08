//! What nearly every rule is made of; what else it imports tells what is special about it.

pub(super) use super::facts::look::{Judged, complete, each_bundle, entries, found_or, not_applicable, together};
pub(super) use super::facts::wording::{list, quoted, related, separate_ca, subject, subject_and_fingerprint};
pub(super) use super::{Check, Context, Finding, Fix, Outcome, Related, Rule, Severity};
pub(super) use crate::model::{
    AllowedNames, ConfigMap, ExtensionServer, FileFlag, PathFlag, Reason, Setup, TrustBundle,
};
pub(super) use crate::source::ApiService;
pub(super) use crate::text::{Located, Origin};
pub(super) use crate::x509::Certificate;
