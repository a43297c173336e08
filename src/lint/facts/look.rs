//! What a rule needs to look at, or the reason why it is not there.

use crate::lint::{Context, Finding, Outcome, Target};
use crate::model::{FileState, ListSetting, Reason, Setting, Setup, TrustBundle};
use crate::text::Located;

/// The findings of a rule that had all that it needs, or its outcome.
pub(crate) type Judged = Result<Vec<Finding>, Outcome>;

impl From<Judged> for Outcome {
    fn from(judged: Judged) -> Self {
        match judged {
            Ok(findings) if findings.is_empty() => Self::Pass,
            Ok(findings) => Self::Fail(findings),
            Err(outcome) => outcome,
        }
    }
}

/// One outcome of several things judged by the same rule: what was found counts first, then what could not be looked
/// at, so that half a look is no pass.
pub(crate) fn together(parts: impl IntoIterator<Item = Judged>) -> Outcome {
    let (mut findings, mut unknown, mut not_applicable) = (Vec::new(), Vec::new(), Vec::new());
    let mut passed = false;
    for part in parts {
        match part.into() {
            Outcome::Fail(more) => findings.extend(more),
            Outcome::Unknown(why) => unknown.extend(why),
            Outcome::NotApplicable(why) => not_applicable.extend(why),
            Outcome::Pass | Outcome::Accepted(_) => passed = true,
        }
    }
    if !findings.is_empty() {
        Outcome::Fail(findings)
    } else if !unknown.is_empty() {
        Outcome::Unknown(unknown)
    } else if passed {
        Outcome::Pass
    } else {
        Outcome::NotApplicable(not_applicable)
    }
}

/// The rule has no business here.
pub(crate) fn not_applicable(why: impl Into<String>) -> Outcome {
    Outcome::not_applicable(why)
}

/// The set-up, when what is absent from it is absent.
///
/// # Errors
/// Not applicable to a fragment, which is judged for what it says; unknown when an expression may be any flag.
pub(crate) fn complete(setup: &Setup) -> Result<&Setup, Outcome> {
    setup.options.fragment.clone().map_or(Ok(setup), |why| Err(why.into()))
}

/// The set-up, when flags of it are here at all; a directory of certificates has none.
///
/// # Errors
/// Not applicable otherwise.
pub(crate) fn with_flags(setup: &Setup) -> Result<&Setup, Outcome> {
    if setup.invocation.arguments.is_empty() { Err(not_applicable("there are no flags")) } else { Ok(setup) }
}

/// What a file holds.
///
/// # Errors
/// Why there is nothing to look at.
pub(crate) fn loaded<'a, T>(setup: &Setup, name: &str, state: &'a FileState<T>) -> Result<&'a T, Reason> {
    state.get(&setup.called(name))
}

/// The kube-apiservers that were found beside the target.
pub(crate) fn servers_beside<'a>(context: &Context<'a>) -> Vec<&'a Setup> {
    let servers = context.beside.iter().filter_map(|target| match target {
        Target::Server(setup) => Some(*setup),
        _ => None,
    });
    servers.collect()
}

/// The entries of a list flag; absent is the empty list, as in the server.
///
/// # Errors
/// When an expression stands for the value.
pub(crate) fn entries<'a>(flag: &str, setting: &'a ListSetting) -> Result<&'a [Located<String>], Reason> {
    match setting {
        Setting::Absent => Ok(&[]),
        Setting::Given(given) => Ok(&given.value.value),
        Setting::Opaque(expression) => Err(Reason::expression(expression).about(format!("--{flag}"))),
    }
}

/// Whether a path is given, known or not; an empty one is the same as none.
pub(crate) fn is_path_given(setting: &Setting<String>) -> bool {
    matches!(setting, Setting::Opaque(_)) || setting.path().is_some()
}

/// The two bundles of a set-up, by flag.
pub(crate) fn bundles(setup: &Setup) -> [(&'static str, &FileState<TrustBundle>); 2] {
    [("client-ca-file", &setup.client_ca), ("requestheader-client-ca-file", &setup.requestheader_client_ca)]
}

/// Judges both bundles of a set-up.
pub(crate) fn each_bundle(setup: &Setup, mut judge: impl FnMut(&'static str, &TrustBundle) -> Vec<Finding>) -> Outcome {
    together(bundles(setup).map(|(flag, state)| Ok(judge(flag, loaded(setup, flag, state)?))))
}
