//! From a set-up to its authenticators.

use std::convert::Infallible;

use crate::kubernetes::{Component, KubernetesVersion, STANDARD_HEADERS};
use crate::model::{
    Cause, FileFlag, FileState, ListSetting, Options, Reason, Setting, Setup, TrustBundle, header_lists,
};
use crate::source::{AnonymousConfiguration, AuthenticationConfiguration};
use crate::x509::CertificatePool;

use super::{AllowedNames, AnonymousRequests, Authentication, RequestHeaderConfig};

impl Authentication {
    /// The authenticators that a set-up configures.
    ///
    /// # Errors
    /// Says what is not known about the set-up that decides who a request is.
    pub fn of(setup: &Setup) -> Result<Self, Reason> {
        let request_header = match pool(&setup.requestheader_client_ca)? {
            None => None,
            Some(client_ca) => Some(RequestHeaderConfig::of(setup, client_ca)?),
        };
        Ok(Self::with(setup, request_header, pool(&setup.client_ca)?))
    }

    /// Whom the server takes for a front proxy, which `--client-ca-file` does not decide: names and headers that are not
    /// known are taken for granted, so that a refusal is certain.
    ///
    /// # Errors
    /// When the requestheader CAs are not known.
    pub fn of_front_proxies(setup: &Setup) -> Result<Self, Reason> {
        let presumed = |client_ca| RequestHeaderConfig::presumed(setup, client_ca, AllowedNames::Any);
        Ok(Self::with(setup, pool(&setup.requestheader_client_ca)?.map(presumed), None))
    }

    fn with(setup: &Setup, request_header: Option<RequestHeaderConfig>, client_ca: Option<CertificatePool>) -> Self {
        let options = &setup.options;
        let version = setup.version();
        Self {
            request_header,
            client_ca,
            anonymous: AnonymousRequests::of(setup),
            uid_from_certificate: options
                .feature_gate("AllowParsingUserUIDFromCertAuth")
                .unwrap_or(version >= KubernetesVersion { major: 1, minor: 33 }),
            credential_id: version >= KubernetesVersion { major: 1, minor: 32 },
        }
    }
}

impl Setup {
    /// Which names a front proxy needs.
    ///
    /// # Errors
    /// Why it is not known: the list is an expression, or may be given in another part of the flags.
    pub fn allowed_names(&self) -> Result<AllowedNames, Reason> {
        let names = entries(self, "requestheader-allowed-names", &self.options.requestheader_allowed_names)?;
        Ok(if names.is_empty() { AllowedNames::Any } else { AllowedNames::Only(names) })
    }
}

impl RequestHeaderConfig {
    /// # Errors
    /// Says what is not known about the set-up that decides who a request is.
    fn of(setup: &Setup, client_ca: CertificatePool) -> Result<Self, Reason> {
        let allowed_names = setup.allowed_names()?;
        Self::with(setup, client_ca, allowed_names, |_, header_names| header_names)
    }

    /// The request header authenticator as far as it is known; for the rest, the headers that kube-apiserver sends and
    /// these names are taken for granted.
    pub fn presumed(setup: &Setup, client_ca: CertificatePool, names: AllowedNames) -> Self {
        let names = setup.allowed_names().unwrap_or(names);
        let presumed: Result<Self, Infallible> =
            Self::with(setup, client_ca, names, |usual, known| Ok(known.unwrap_or_else(|_| vec![usual.to_owned()])));
        presumed.unwrap_or_else(|never| match never {})
    }

    /// `known` gets the usual name and what the list holds.
    fn with<E>(
        setup: &Setup,
        client_ca: CertificatePool,
        allowed_names: AllowedNames,
        known: impl Fn(&str, Result<Vec<String>, Reason>) -> Result<Vec<String>, E>,
    ) -> Result<Self, E> {
        let [users, uids, groups, extras] = header_lists(&setup.options);
        let [user, uid, group, extra] = STANDARD_HEADERS.map(|(_, name)| name);
        let names = |list: (&str, &ListSetting), usual| known(usual, header_names(setup, list, usual));
        Ok(Self {
            client_ca,
            allowed_names,
            username_headers: names(users, user)?,
            uid_headers: names(uids, uid)?,
            group_headers: names(groups, group)?,
            extra_header_prefixes: names(extras, extra)?,
        })
    }
}

/// kube-apiserver has no defaults; the controller manager and the scheduler do, except for uids
/// (`staging/src/k8s.io/apiserver/pkg/server/options/authentication.go`, `NewDelegatingAuthenticationOptions`).
fn header_names(setup: &Setup, (flag, list): (&str, &ListSetting), usual: &str) -> Result<Vec<String>, Reason> {
    let names = entries(setup, flag, list)?;
    let has_default = setup.invocation.component != Component::KubeApiserver && !setup.reads_config_map();
    let is_default = has_default && list.is_absent() && flag != "requestheader-uid-headers";
    Ok(if is_default { vec![usual.to_owned()] } else { names })
}

impl AnonymousRequests {
    fn of(setup: &Setup) -> Self {
        let options = &setup.options;
        // Extension servers always allow them (`DelegatingAuthenticationOptions.ApplyTo`).
        if setup.invocation.component == Component::ExtensionApiServer {
            return Self::Allowed;
        }
        match &setup.authentication_config.state {
            FileState::Loaded(AuthenticationConfiguration { anonymous: Some(anonymous) }) => {
                return Self::configured(anonymous);
            }
            FileState::Loaded(_) | FileState::NotGiven => {}
            // Only a part of the flags is here.
            _ if setup.authentication_config.flag.is_absent() => {}
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
fn pool(file: &FileFlag<TrustBundle>) -> Result<Option<CertificatePool>, Reason> {
    match &file.state {
        FileState::NotGiven => Ok(None),
        FileState::Loaded(bundle) => Ok(Some(bundle.pool().clone())),
        // Extension servers go on without a usable bundle (`ConfigMapCAController.RunOnce`).
        FileState::Unusable(_) if file.flag.is_key() => Ok(None),
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
