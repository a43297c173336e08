//! From a set-up to its authenticators.

use crate::kubernetes::KubernetesVersion;
use crate::model::{Cause, FileState, ListSetting, Options, Reason, Setting, Setup, TrustBundle};
use crate::source::{AnonymousConfiguration, AuthenticationConfiguration, InputFormat};
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
        match &setup.authentication_config {
            FileState::Loaded(AuthenticationConfiguration { anonymous: Some(anonymous) }) => {
                return Self::configured(anonymous);
            }
            FileState::Loaded(_) | FileState::NotGiven => {}
            // Only a part of the flags is here.
            _ if options.authentication_config.is_absent() => {}
            // Beside the flag the file says nothing about it, or the server would not start.
            _ if options.anonymous_auth.given().is_some() => {}
            FileState::Unusable(unusable) => return Self::Unknown(unusable.message.clone()),
            FileState::NotLooked(why) => {
                return Self::Unknown(format!("--authentication-config may switch them on or off: {why}"));
            }
        }
        Self::of_flags(options)
    }

    /// `AnonymousAuthConfig`. A request that is judged here is for no path of a list: those are the health checks'.
    fn configured(anonymous: &AnonymousConfiguration) -> Self {
        match (anonymous.enabled, anonymous.paths.as_slice()) {
            (false, _) => Self::Denied("by the file of --authentication-config".to_owned()),
            (true, []) => Self::Allowed,
            (true, paths) => {
                Self::Denied(format!("the file of --authentication-config has them for {} alone", paths.join(", ")))
            }
        }
    }

    fn of_flags(options: &Options) -> Self {
        match (&options.anonymous_auth, &options.fragment) {
            (Setting::Opaque(expression), _) => {
                return Self::Unknown(Reason::expression(expression).about("--anonymous-auth").to_string());
            }
            (Setting::Given(given), _) if !given.value.value => {
                return Self::Denied("--anonymous-auth=false".to_owned());
            }
            (Setting::Absent, Some(reason)) => {
                return Self::Unknown(reason.clone().about("--anonymous-auth").to_string());
            }
            _ => {}
        }
        let unknown =
            |why: Reason| Self::Unknown(why.about("--authorization-mode, which may switch them off").to_string());
        let modes = match (&options.authorization_mode, &options.fragment) {
            (Setting::Opaque(expression), _) => return unknown(Reason::expression(expression)),
            (Setting::Absent, Some(reason)) => return unknown(reason.clone()),
            (modes, _) => modes.entries().unwrap_or_default(),
        };
        let has_file = !matches!(options.authorization_config, Setting::Absent)
            && options.authorization_config.value().is_none_or(|path| !path.is_empty());
        if modes.contains(&"AlwaysAllow") {
            Self::Denied("--authorization-mode has AlwaysAllow, which switches them off".to_owned())
        } else if modes.is_empty() && !has_file {
            Self::Denied("without --authorization-mode it is AlwaysAllow, which switches them off".to_owned())
        } else {
            Self::Allowed
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
