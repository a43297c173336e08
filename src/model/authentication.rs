//! Who is this request? The authenticators of kube-apiserver in their order (`pkg/kubeapiserver/authenticator`,
//! `Config.New`): request header, X.509, anonymous.

mod configuration;
mod decision;
mod handshake;
mod request_header;
mod x509;

pub(super) use decision::with_group;
pub use decision::{AuthenticatorKind, Decision, Request, Step, User, Verdict};
pub(super) use handshake::MAXIMUM_RSA_KEY;
pub use request_header::{AllowedNames, RequestHeaderConfig};

use time::OffsetDateTime;

use crate::x509::{Certificate, CertificatePool};

use super::headers::Headers;
use decision::{ANONYMOUS, UNAUTHENTICATED};
use handshake::handshake_failure;

/// What becomes of a request that no authenticator knows and none refuses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AnonymousRequests {
    Allowed,
    /// And by what: `--anonymous-auth=false`.
    Denied(String),
    /// And why: a file that is not modelled decides.
    Unknown(String),
}

/// The authenticators of one server, ready to be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authentication {
    pub request_header: Option<RequestHeaderConfig>,
    pub client_ca: Option<CertificatePool>,
    pub anonymous: AnonymousRequests,
    /// The user's uid may come from the certificate (`AllowParsingUserUIDFromCertAuth`).
    pub uid_from_certificate: bool,
    /// The user gets the extra `authentication.kubernetes.io/credential-id`.
    pub credential_id: bool,
}

const NO_CERTIFICATE: &str = "no client certificate";

impl Authentication {
    /// Whether the server asks clients for a certificate: it does when it has any CA to test them with
    /// (`SecureServingInfo.ClientCA`).
    pub fn asks_for_certificates(&self) -> bool {
        self.request_header.is_some() || self.client_ca.is_some()
    }

    /// Asks the authenticators one after the other.
    pub fn authenticate(&self, request: &Request, now: OffsetDateTime) -> Decision {
        let certificates = if self.asks_for_certificates() { request.certificates.as_slice() } else { &[] };
        if let Some(failure) = handshake_failure(certificates) {
            return Decision::of_failed_handshake(failure);
        }

        let client = certificates.split_first().map(|(leaf, rest)| Client {
            leaf,
            intermediates: CertificatePool::new(rest.iter().cloned()),
            now,
        });
        let mut steps = vec![self.ask_request_header(client.as_ref(), request)];
        if !steps.iter().any(Step::is_authenticated) {
            steps.push(self.ask_x509(client.as_ref()));
        }
        if !steps.iter().any(Step::is_authenticated) && has_bearer_token(request) {
            let verdict =
                Verdict::Unknown("the request has a bearer token, which only the server can judge".to_owned());
            steps.push(Step { authenticator: AuthenticatorKind::Token, verdict, chains: Vec::new() });
        } else if !steps.iter().any(|step| step.is_authenticated() || step.is_refused()) {
            steps.push(self.ask_anonymous());
        }
        let last = steps.last().map(|step| (step.authenticator, step.verdict.clone()));
        let (user, authenticator) = match last {
            Some((authenticator, Verdict::Authenticated(user))) => (Some(with_group(user)), Some(authenticator)),
            _ => (None, None),
        };
        Decision { user, authenticator, steps, handshake_failure: None }
    }

    fn ask_anonymous(&self) -> Step {
        let verdict = match &self.anonymous {
            AnonymousRequests::Allowed => Verdict::Authenticated(User {
                username: ANONYMOUS.to_owned(),
                groups: vec![UNAUTHENTICATED.to_owned()],
                ..User::default()
            }),
            AnonymousRequests::Denied(by) => Verdict::NoOpinion(format!("anonymous requests are off: {by}")),
            AnonymousRequests::Unknown(why) => Verdict::Unknown(why.clone()),
        };
        Step { authenticator: AuthenticatorKind::Anonymous, verdict, chains: Vec::new() }
    }
}

struct Client<'a> {
    leaf: &'a Certificate,
    intermediates: CertificatePool,
    now: OffsetDateTime,
}

/// `bearertoken.Authenticator`: a scheme, whatever its case, and something behind one blank.
fn has_bearer_token(request: &Request) -> bool {
    let lines = request.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let headers = Headers::new(lines);
    let authorization = headers.first_value(&["Authorization".to_owned()]).unwrap_or_default();
    let mut parts = authorization.trim().split(' ');
    let is_bearer = parts.next().is_some_and(|scheme| scheme.eq_ignore_ascii_case("bearer"));
    is_bearer && parts.next().is_some_and(|token| !token.is_empty())
}

#[cfg(test)]
mod tests {
    use rcgen::DnType;
    use time::macros::datetime;

    use super::decision::AUTHENTICATED;
    use super::x509::UID;
    use super::*;
    use crate::kubernetes::KubernetesVersion;
    use crate::model::testing::{Authority, invocation};
    use crate::model::{Lookup, Setup};
    use crate::text::Located;

    const NOW: OffsetDateTime = datetime!(2026-06-01 00:00 UTC);

    /// A server whose client CA and request header CA are `client` and `proxy`.
    fn server(client: &Authority, proxy: &Authority, more: &[&str], minor: u16) -> Authentication {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("client"), client.pem()).unwrap();
        std::fs::write(directory.path().join("proxy"), proxy.pem()).unwrap();
        let lookup = Lookup { root: Some(directory.path().into()), certain: true, ..Lookup::default() };
        let flags = [
            "--client-ca-file=client",
            "--requestheader-client-ca-file=proxy",
            "--requestheader-username-headers=X-Remote-User",
            "--authorization-mode=RBAC",
        ];
        let mut invocation = invocation(&[&flags, more].concat());
        let version = KubernetesVersion { major: 1, minor };
        invocation.version = Some(Located::new(version, invocation.origin.clone()));
        Authentication::of(&Setup::load(invocation, &lookup)).unwrap()
    }

    fn verdicts(server: &Authentication, certificates: &[Certificate], headers: &[(&str, &str)]) -> Vec<String> {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let decision = server.authenticate(&Request { certificates: certificates.to_vec(), headers }, NOW);
        let steps = decision.steps.into_iter().map(|step| match step.verdict {
            Verdict::Authenticated(user) => user.username,
            Verdict::NoOpinion(why) => format!("({why})"),
            Verdict::Refused(why) | Verdict::Unknown(why) => why,
        });
        steps.chain(decision.handshake_failure).collect()
    }

    fn uid(value: &str) -> (DnType, &str) {
        (DnType::CustomDnType(UID.split('.').map(|part| part.parse().unwrap()).collect()), value)
    }

    #[test]
    fn every_step_says_why_it_passed_or_refused() {
        let (client, proxy) = (Authority::new("ca"), Authority::new("proxy"));
        let server = server(&client, &proxy, &["--requestheader-allowed-names=a"], 36);
        let named = |authority: &Authority, name| authority.client(&[(DnType::CommonName, name)]);
        let alice = [("X-Remote-User", "alice")];
        assert_eq!(verdicts(&server, &[named(&proxy, "a")], &alice), ["alice"]);
        assert_eq!(
            verdicts(&server, &[], &alice),
            ["(no client certificate)", "(no client certificate)", "system:anonymous"]
        );
        let refused = verdicts(&server, &[named(&proxy, "b")], &alice);
        assert_eq!(refused[0], "x509: subject with cn=b is not in the allowed list");
        assert!(refused[1].starts_with("verifying certificate SN="), "{refused:?}");
        assert!(refused[1].ends_with(" failed: x509: certificate signed by unknown authority"), "{refused:?}");
        assert_eq!(refused.len(), 2, "an error rules anonymous out");
        assert_eq!(verdicts(&server, &[named(&proxy, "a")], &[])[0], "(no header X-Remote-User)");
        assert_eq!(
            verdicts(&server, &[named(&client, "kubelet")], &alice),
            ["x509: certificate signed by unknown authority", "kubelet"]
        );
    }

    #[test]
    fn a_certificate_without_common_name_is_nobody() {
        let (client, proxy) = (Authority::new("ca"), Authority::new("proxy"));
        let nameless = client.client(&[(DnType::OrganizationName, "system:masters")]);
        let server = server(&client, &proxy, &[], 36);
        assert_eq!(
            verdicts(&server, &[nameless], &[]),
            ["x509: certificate signed by unknown authority", "(the certificate has no common name)"]
        );
    }

    #[test]
    fn the_uid_in_a_certificate_depends_on_the_version_and_must_be_one() {
        let (client, proxy) = (Authority::new("ca"), Authority::new("proxy"));
        let decide = |minor, flags: &[&str], uids: &[&str]| {
            let mut subject = vec![(DnType::CommonName, "dev")];
            subject.extend(uids.iter().map(|value| uid(value)));
            let request = Request { certificates: vec![client.client(&subject)], headers: Vec::new() };
            server(&client, &proxy, flags, minor).authenticate(&request, NOW)
        };
        let user = |minor, flags: &[&str]| decide(minor, flags, &["7"]).user.unwrap();
        assert_eq!((user(36, &[]).uid.as_str(), user(36, &[]).extra.len()), ("7", 1));
        assert_eq!((user(32, &[]).uid.as_str(), user(32, &[]).extra.len()), ("", 1));
        assert_eq!((user(31, &[]).uid.as_str(), user(31, &[]).extra.len()), ("", 0));
        assert_eq!(user(36, &["--feature-gates=AllowParsingUserUIDFromCertAuth=false"]).uid, "");
        let refused = decide(36, &[], &[""]);
        assert_eq!(refused.steps[1].verdict, Verdict::Refused("UID cannot be an empty string".to_owned()));
    }

    #[test]
    fn anonymous_requests_follow_the_flags() {
        let (client, proxy) = (Authority::new("ca"), Authority::new("proxy"));
        let anonymous = |flags: &[&str]| server(&client, &proxy, flags, 36).anonymous;
        assert_eq!(anonymous(&[]), AnonymousRequests::Allowed);
        assert_eq!(anonymous(&["--authorization-mode=Node,RBAC"]), AnonymousRequests::Allowed);
        assert!(matches!(anonymous(&["--anonymous-auth=0"]), AnonymousRequests::Denied(_)));
        assert!(matches!(anonymous(&["--authorization-mode=AlwaysAllow"]), AnonymousRequests::Denied(_)));
        for unknown in ["--authentication-config=/x", "--anonymous-auth={{ x }}", "{{ flags }}"] {
            let names = "--requestheader-allowed-names=a";
            let lists = ["uid-headers=X-Remote-Uid", "group-headers=a", "extra-headers-prefix=a"];
            let lists = lists.map(|list| format!("--requestheader-{list}"));
            let flags = [&[unknown, names][..], &lists.each_ref().map(String::as_str)].concat();
            assert!(matches!(anonymous(&flags), AnonymousRequests::Unknown(_)), "{unknown}");
        }
    }

    /// A real server says `tls: handshake message of length 262145 bytes exceeds maximum of 262144 bytes`.
    #[test]
    fn too_many_certificates_end_the_handshake() {
        let (client, proxy) = (Authority::new("ca"), Authority::new("proxy"));
        let server = server(&client, &proxy, &[], 36);
        let certificate = client.client(&[(DnType::CommonName, "x")]);
        let fit = (handshake::MAXIMUM_MESSAGE - 4) / (certificate.raw.len() + 5);
        assert_eq!(verdicts(&server, &vec![certificate.clone(); fit], &[]).last().unwrap(), "x");
        let said = verdicts(&server, &vec![certificate; fit + 1], &[]);
        assert!(said[0].ends_with("exceeds maximum of 262144 bytes"), "{said:?}");
    }

    #[test]
    fn a_server_without_client_cas_asks_for_no_certificate() {
        let server =
            Authentication::of(&Setup::load(invocation(&["--authorization-mode=RBAC"]), &Lookup::default())).unwrap();
        let stranger = Authority::new("ca").client(&[(DnType::CommonName, "x")]);
        assert_eq!(verdicts(&server, &[stranger], &[]).last().unwrap(), "system:anonymous");
    }

    #[test]
    fn what_was_not_looked_at_is_said() {
        let opaque = Setup::load(invocation(&["--requestheader-client-ca-file={{ ca }}"]), &Lookup::default());
        assert!(Authentication::of(&opaque).unwrap_err().to_string().contains("{{ ca }}"));
    }

    #[test]
    fn the_group_of_all_authenticated_users_is_added_once() {
        let user = |username: &str, groups: &[&str]| {
            let groups = groups.iter().map(|group| (*group).to_owned()).collect();
            with_group(User { username: username.to_owned(), groups, ..User::default() }).groups
        };
        assert_eq!(user("a", &["g"]), ["g", AUTHENTICATED]);
        assert_eq!(user("a", &[AUTHENTICATED, "g"]), [AUTHENTICATED, "g"]);
        assert_eq!(user("a", &[UNAUTHENTICATED]), [UNAUTHENTICATED]);
        assert_eq!(user(ANONYMOUS, &["g"]), ["g"]);
    }
}
