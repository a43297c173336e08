//! From a set-up to its authenticators.

use crate::kubernetes::KubernetesVersion;
use crate::model::{Cause, FileState, ListSetting, Reason, Setting, Setup, TrustBundle};
use crate::source::InputFormat;
use crate::x509::CertificatePool;

use super::{AllowedNames, AnonymousRequests, Authentication, RequestHeaderConfig};

impl Authentication {
    /// The authenticators that a set-up configures.
    ///
    /// # Errors
    /// Says what is not known about the set-up that decides who a request is.
    pub fn of(setup: &Setup) -> Result<Self, Reason> {
        let options = &setup.options;
        let request_header = match pool(setup, &setup.requestheader_client_ca)? {
            None => None,
            Some(client_ca) => {
                let list = |flag: &str, setting: &ListSetting| entries(setup, flag, setting);
                let names = list("requestheader-allowed-names", &options.requestheader_allowed_names)?;
                Some(RequestHeaderConfig {
                    client_ca,
                    allowed_names: if names.is_empty() { AllowedNames::Any } else { AllowedNames::Only(names) },
                    username_headers: list("requestheader-username-headers", &options.requestheader_username_headers)?,
                    uid_headers: list("requestheader-uid-headers", &options.requestheader_uid_headers)?,
                    group_headers: list("requestheader-group-headers", &options.requestheader_group_headers)?,
                    extra_header_prefixes: list(
                        "requestheader-extra-headers-prefix",
                        &options.requestheader_extra_headers_prefix,
                    )?,
                })
            }
        };
        let version = setup.version();
        Ok(Self {
            request_header,
            client_ca: pool(setup, &setup.client_ca)?,
            anonymous: AnonymousRequests::of(setup),
            uid_from_certificate: options
                .feature_gate("AllowParsingUserUIDFromCertAuth")
                .unwrap_or(version >= KubernetesVersion { major: 1, minor: 33 }),
            credential_id: version >= KubernetesVersion { major: 1, minor: 32 },
        })
    }
}

impl AnonymousRequests {
    fn of(setup: &Setup) -> Self {
        let options = &setup.options;
        // Extension servers always allow them (`DelegatingAuthenticationOptions.ApplyTo`).
        if setup.invocation.format == InputFormat::ConfigMap {
            return Self::Allowed;
        }
        if let Some(modes) = options.authorization_mode.entries()
            && modes.contains(&"AlwaysAllow")
        {
            return Self::Denied("--authorization-mode has AlwaysAllow, which switches them off".to_owned());
        }
        if let Some(path) = options.authentication_config.path() {
            return Self::Unknown(format!("--authentication-config={path} may switch anonymous requests off"));
        }
        match (&options.anonymous_auth, &options.authentication_config, &options.fragment) {
            (Setting::Opaque(expression), ..) | (_, Setting::Opaque(expression), _) => {
                Self::Unknown(format!("`{}` is not known here", expression.value))
            }
            (Setting::Given(given), ..) if !given.value.value => Self::Denied("--anonymous-auth=false".to_owned()),
            (Setting::Absent, _, Some(reason)) => Self::Unknown(reason.clone().about("--anonymous-auth").to_string()),
            _ => Self::Allowed,
        }
    }
}

/// `None`: this authenticator is not configured.
fn pool(setup: &Setup, state: &FileState<TrustBundle>) -> Result<Option<CertificatePool>, Reason> {
    match state {
        FileState::NotGiven => Ok(None),
        FileState::Loaded(bundle) => Ok(Some(CertificatePool::new(bundle.certificates().cloned()))),
        // Extension servers go on without a usable bundle (`ConfigMapCAController.RunOnce`).
        FileState::Unusable(_) if setup.invocation.format == InputFormat::ConfigMap => Ok(None),
        FileState::Unusable(unusable) => Err(Reason::new(Cause::Unusable(unusable.message.clone()))),
        FileState::NotLooked(why) => Err(why.clone()),
    }
}

fn entries(setup: &Setup, flag: &str, setting: &ListSetting) -> Result<Vec<String>, Reason> {
    let about = |why: Reason| Err(why.about(format!("--{flag}")));
    match (setting, &setup.options.fragment) {
        (Setting::Absent, Some(reason)) => about(reason.clone()),
        (Setting::Opaque(expression), _) => about(Reason::expression(expression)),
        _ => Ok(setting.entries().unwrap_or_default().into_iter().map(str::to_owned).collect()),
    }
}
