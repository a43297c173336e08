//! The request header authenticator: who a front proxy says that it speaks for.

use crate::model::headers::Headers;
use crate::x509::{CertificatePool, path};

use super::{Authentication, AuthenticatorKind, Client, NO_CERTIFICATE, Request, Step, User, Verdict, with_group};

/// Which names a front proxy's certificate may have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AllowedNames {
    /// The list is empty: every certificate that verifies is a front proxy.
    Any,
    Only(Vec<String>),
}

/// `authenticatorfactory.RequestHeaderConfig`, loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestHeaderConfig {
    pub client_ca: CertificatePool,
    pub allowed_names: AllowedNames,
    pub username_headers: Vec<String>,
    pub uid_headers: Vec<String>,
    pub group_headers: Vec<String>,
    pub extra_header_prefixes: Vec<String>,
}

impl Authentication {
    /// `x509request.Verifier` with `headerrequest` behind it.
    pub(super) fn ask_request_header(&self, client: Option<&Client<'_>>, request: &Request) -> Step {
        let step = |verdict, chains| Step { authenticator: AuthenticatorKind::RequestHeader, verdict, chains };
        let no_opinion = |why: &str| step(Verdict::NoOpinion(why.to_owned()), Vec::new());
        let Some(config) = &self.request_header else {
            return no_opinion("no CA for request headers is configured");
        };
        let Some(client) = client else { return no_opinion(NO_CERTIFICATE) };
        let chains = match path::verify(client.leaf, &config.client_ca, &client.intermediates, client.now) {
            Ok(chains) => chains,
            Err(error) => return step(Verdict::Refused(error.to_string()), Vec::new()),
        };
        let common_name = client.leaf.subject.common_name();
        if !config.allowed_names.allow(common_name) {
            let refusal = format!("x509: subject with cn={common_name} is not in the allowed list");
            return step(Verdict::Refused(refusal), chains);
        }
        let lines = request.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        match config.user(&Headers::new(lines)) {
            Ok(user) => step(Verdict::Authenticated(user), chains),
            Err(why) => step(Verdict::NoOpinion(why), chains),
        }
    }
}

impl AllowedNames {
    /// Letter for letter, the subject's common name alone (`Verifier.verifySubject`).
    pub fn allow(&self, common_name: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Only(names) => names.iter().any(|name| name == common_name),
        }
    }
}

impl RequestHeaderConfig {
    /// Who is meant by the headers of a front proxy that is accepted.
    ///
    /// # Errors
    /// Why it is nobody.
    pub fn user_of(&self, headers: &[(String, String)]) -> Result<User, String> {
        let headers = headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        self.user(&Headers::new(headers)).map(with_group)
    }

    /// `headerrequest.AuthenticateRequest`; the error is why it has no opinion.
    pub(in crate::model) fn user(&self, headers: &Headers) -> Result<User, String> {
        let Some(username) = headers.first_value(&self.username_headers) else {
            return Err(if self.username_headers.is_empty() {
                "no username headers are configured".to_owned()
            } else {
                format!("no header {}", self.username_headers.join(" or "))
            });
        };
        Ok(User {
            username: username.to_owned(),
            uid: headers.first_value(&self.uid_headers).map(str::to_owned).unwrap_or_default(),
            groups: headers.all_values(&self.group_headers),
            extra: headers.extra(&self.extra_header_prefixes),
        })
    }
}
