//! What a rule needs to look at, or the reason why it is not there.

use crate::lint::{Finding, Outcome};
use crate::model::{FileFlag, ListSetting, PathFlag, Reason, Setting, Setup, TrustBundle};
use crate::text::Located;
use crate::x509::Certificate;

/// With as many kube-apiservers beside it something is compared, as each of thousands would look at all others.
pub(crate) const MOST_BESIDE: usize = 256;

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

/// What was found, or why something may not have been.
pub(crate) fn found_or(findings: Vec<Finding>, why: Option<impl Into<Outcome>>) -> Judged {
    match why {
        Some(why) if findings.is_empty() => Err(why.into()),
        _ => Ok(findings),
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

/// The two bundles of a set-up.
pub(crate) fn bundles(setup: &Setup) -> [&FileFlag<TrustBundle>; 2] {
    [&setup.client_ca, &setup.requestheader_client_ca]
}

/// Judges the certificates of both bundles and of the proxy client's file.
pub(crate) fn each_file(
    setup: &Setup,
    mut judge: impl FnMut(&PathFlag, Vec<&Located<Certificate>>) -> Vec<Finding>,
) -> Outcome {
    let client = &setup.proxy_client;
    let mut parts = bundles(setup).map(|file| Ok(judge(&file.flag, file.get()?.anchors().iter().collect()))).to_vec();
    parts.push(client.get().map(|file| judge(&client.flag, file.certificates().collect())).map_err(Outcome::from));
    together(parts)
}

/// Judges both bundles of a set-up.
pub(crate) fn each_bundle(setup: &Setup, mut judge: impl FnMut(&PathFlag, &TrustBundle) -> Vec<Finding>) -> Outcome {
    together(bundles(setup).map(|file| Ok(judge(&file.flag, file.get()?))))
}
