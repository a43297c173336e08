//! What the flags' own validation refuses, before a file is loaded.

use super::Start;
use super::refusal::{Refusal, RefusalKind};
use crate::kubernetes::{Component, KubernetesVersion};
use crate::model::headers::equal_fold;
use crate::model::{ListSetting, Reason, Setting};
use crate::text::Located;
use crate::x509::quote::quoted;

/// `BuiltInAuthenticationOptions.Validate` of kube-apiserver 1.35 and later.
pub(super) const OVERLAP: &str = "--requestheader-client-ca-file and --client-ca-file contain overlapping certificates; \
                       --requestheader-allowed-names must be specified to ensure regular client certificates cannot \
                       set authenticating proxy headers for arbitrary users";

/// What its names decide.
const OVERLAPPING: &str = "the two CA files have a certificate in common; --requestheader-allowed-names";

/// One of several errors of the validation.
type Error = (RefusalKind, Located<String>);

impl Start<'_> {
    /// `RequestHeaderAuthenticationOptions.Validate`, then the test for overlap. All errors are told at once.
    pub(super) fn validation(&mut self) -> Option<Refusal> {
        let flags = self.signing_flags().into_iter().chain(self.authentication_config_gate());
        let mut errors: Vec<Error> = flags.map(|error| (RefusalKind::Other, error)).collect();
        let options = &self.setup.options;
        for (flag, setting) in [
            ("requestheader-username-headers", &options.requestheader_username_headers),
            ("requestheader-group-headers", &options.requestheader_group_headers),
            ("requestheader-extra-headers-prefix", &options.requestheader_extra_headers_prefix),
            ("requestheader-allowed-names", &options.requestheader_allowed_names),
        ] {
            errors.extend(self.blank_entry(flag, setting));
        }
        errors.extend(self.uid_headers());
        errors.extend(self.overlap());

        let origin = errors.first()?.1.origin.clone();
        let (kinds, errors): (Vec<_>, Vec<_>) = errors.into_iter().unzip();
        Some(Refusal { message: aggregate(errors.into_iter().map(|error| error.value)), origin, kinds, path: None })
    }

    /// `checkForWhiteSpaceOnly`.
    fn blank_entry(&mut self, flag: &str, setting: &ListSetting) -> Option<Error> {
        if let Setting::Opaque(expression) = setting {
            let assumption = format!("--{flag}: `{}` has no empty entries", expression.value);
            self.assumptions.push(Located::new(assumption, expression.origin.clone()));
        }
        let blank = setting.given()?.value.value.iter().find(|entry| entry.value.trim().is_empty())?;
        let message = format!("empty value in {}", quoted(flag));
        Some((RefusalKind::BlankEntry, Located::new(message, blank.origin.clone())))
    }

    fn uid_headers(&mut self) -> Vec<Error> {
        /// The feature gate is on by default from here on.
        const ENABLED: KubernetesVersion = KubernetesVersion { major: 1, minor: 33 };
        const GATE: &str = "RemoteRequestHeaderUID";

        let options = &self.setup.options;
        let setting = &options.requestheader_uid_headers;
        let (Some(entries), Some(origin)) = (setting.entries().filter(|entries| !entries.is_empty()), setting.origin())
        else {
            return Vec::new();
        };
        if !options.feature_gate(GATE).unwrap_or(self.version >= ENABLED) {
            let message = format!("--requestheader-uid-headers requires the {} feature to be enabled", quoted(GATE));
            return vec![(RefusalKind::Other, Located::new(message, origin.clone()))];
        }
        let nonstandard = !entries.iter().any(|header| equal_fold(header, "X-Remote-Uid"));
        let mut errors: Vec<_> = self.blank_entry("requestheader-uid-headers", setting).into_iter().collect();
        if nonstandard {
            let message = "--requestheader-uid-headers is set without specifying the standard X-Remote-Uid header - \
                           API aggregation will not work";
            errors.push((RefusalKind::Other, Located::new(message.to_owned(), origin.clone())));
        }
        errors
    }

    fn overlap(&mut self) -> Option<Error> {
        let setup = self.setup;
        if setup.invocation.component != Component::KubeApiserver || self.version < KubernetesVersion::REFUSES_OVERLAP {
            return None;
        }
        // What is not looked at is told by `files`.
        let client = setup.client_ca.loaded()?;
        let request_header = setup.requestheader_client_ca.loaded()?;
        let overlap = client.certificates().any(|one| request_header.certificates().any(|other| one == other));
        let names = &setup.options.requestheader_allowed_names;
        match (names, &setup.options.fragment) {
            _ if !overlap => None,
            (Setting::Opaque(expression), _) => {
                self.undecided.push(Reason::expression(expression).about(OVERLAPPING));
                None
            }
            (Setting::Absent, Some(reason)) => {
                self.undecided.push(reason.clone().about(OVERLAPPING));
                None
            }
            _ if names.entries().is_none_or(|names| !names.is_empty()) => None,
            _ => Some((RefusalKind::Overlap, Located::new(OVERLAP.to_owned(), request_header.origin.clone()))),
        }
    }
}

/// `utilerrors.NewAggregate`: several errors in brackets, equal ones once.
fn aggregate(errors: impl Iterator<Item = String>) -> String {
    let mut unique: Vec<String> = Vec::new();
    for error in errors {
        if !unique.contains(&error) {
            unique.push(error);
        }
    }
    match unique.as_slice() {
        [only] => only.clone(),
        several => format!("[{}]", several.join(", ")),
    }
}
