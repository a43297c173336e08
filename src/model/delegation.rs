//! What an extension API server ends up with: its own flags, and what it looks up in the ConfigMap
//! (`staging/src/k8s.io/apiserver/pkg/server/options/authentication.go`, `DelegatingAuthenticationOptions.ApplyTo`).

use time::OffsetDateTime;

use super::{ConfigMap, Setup};

impl Setup {
    /// The set-up of an extension server with these flags, in a cluster with this ConfigMap; what it does not look up,
    /// and what is not here, is not there for it.
    ///
    /// A CA by a flag takes the place of the ConfigMap's: with `--requestheader-client-ca-file` the names and headers are
    /// those of the flags too, and otherwise none of them counts. CAs that have expired are not in the ConfigMap any more
    /// (`clusterauthenticationtrust`).
    #[must_use]
    pub fn delegated(&self, config_map: Option<&ConfigMap>, now: OffsetDateTime) -> Self {
        let Some(config_map) = config_map.filter(|_| !self.skips_lookup()) else { return self.clone() };
        let mut looked_up = config_map.without_expired(now).into_reader();
        let pins_clients = self.pins_client_ca();
        if self.pins_requestheader_ca() {
            let mut own = self.clone();
            if !pins_clients {
                own.client_ca = looked_up.client_ca;
            }
            return own;
        }
        if pins_clients {
            looked_up.client_ca = self.client_ca.clone();
        }
        looked_up
    }

    /// Whether an extension server with these flags reads the ConfigMap for one of the two CAs at least.
    pub fn looks_up(&self) -> bool {
        let has_both = self.pins_requestheader_ca() && self.pins_client_ca();
        !(self.skips_lookup() || has_both)
    }

    /// `--authentication-skip-lookup`.
    pub fn skips_lookup(&self) -> bool {
        self.options.delegating.authentication_skip_lookup.value() == Some(&true)
    }

    /// Whether the client CA is that of a file, and not that of the ConfigMap.
    pub fn pins_client_ca(&self) -> bool {
        self.client_ca.flag.is_path_given()
    }

    /// Whether the requestheader CA is that of a file, and not that of the ConfigMap.
    pub fn pins_requestheader_ca(&self) -> bool {
        self.requestheader_client_ca.flag.is_path_given()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kubernetes::Component;
    use crate::model::testing::{Authority, invocation as flags};
    use crate::model::{AllowedNames, Authentication, Lookup};

    const NOW: OffsetDateTime = time::macros::datetime!(2026-01-15 00:00 UTC);

    /// A server with these flags beside the files `a` and `b`, and the ConfigMap of one that has `b` for both and a name.
    fn delegated(arguments: &[&str]) -> (Setup, ConfigMap) {
        let directory = tempfile::tempdir().unwrap();
        for name in ["a", "b"] {
            std::fs::write(directory.path().join(name), Authority::new(name).pem()).unwrap();
        }
        let lookup = Lookup { root: Some(directory.path().into()), certain: true, ..Lookup::default() };
        let mut invocation = flags(arguments);
        invocation.component = Component::ExtensionApiServer;
        let server = ["--client-ca-file=b", "--requestheader-client-ca-file=b", "--requestheader-allowed-names=n"];
        let published = Setup::load(flags(&server), &lookup).published(NOW);
        (Setup::load(invocation, &lookup), published)
    }

    fn names(setup: &Setup) -> (Vec<String>, Vec<String>, AllowedNames) {
        let authentication = Authentication::of(setup).unwrap();
        let of = |pool: &crate::x509::CertificatePool| {
            pool.certificates().iter().map(|ca| ca.subject.common_name().to_owned()).collect()
        };
        let request_header = authentication.request_header.as_ref();
        (
            request_header.map(|config| of(&config.client_ca)).unwrap_or_default(),
            authentication.client_ca.as_ref().map(of).unwrap_or_default(),
            request_header.map_or(AllowedNames::Any, |config| config.allowed_names.clone()),
        )
    }

    #[test]
    fn a_flag_takes_the_place_of_the_config_map() {
        let only = |name: &str| vec![name.to_owned()];
        let published = AllowedNames::Only(vec!["n".to_owned()]);
        for (arguments, request_header, client, allowed) in [
            (&[][..], only("b"), only("b"), published.clone()),
            (&["--requestheader-client-ca-file=a"], only("a"), only("b"), AllowedNames::Any),
            (&["--client-ca-file=a"], only("b"), only("a"), published.clone()),
            (&["--requestheader-allowed-names=x"], only("b"), only("b"), published),
            (&["--authentication-skip-lookup"], vec![], vec![], AllowedNames::Any),
            (
                &["--authentication-skip-lookup", "--requestheader-client-ca-file=a"],
                only("a"),
                vec![],
                AllowedNames::Any,
            ),
        ] {
            let (own, config_map) = delegated(arguments);
            let found = names(&own.delegated(Some(&config_map), NOW));
            assert_eq!(found, (request_header, client, allowed), "{arguments:?}");
        }
    }

    #[test]
    fn both_flags_leave_nothing_to_look_up() {
        assert!(delegated(&["--requestheader-client-ca-file=a"]).0.looks_up());
        assert!(!delegated(&["--requestheader-client-ca-file=a", "--client-ca-file=a"]).0.looks_up());
        assert!(!delegated(&["--authentication-skip-lookup"]).0.looks_up());
    }

    #[test]
    fn what_has_expired_is_in_no_config_map() {
        let (own, config_map) = delegated(&[]);
        let end = config_map.requestheader_client_ca().loaded().unwrap().anchors()[0].value.not_after;
        let (request_header, client, allowed) =
            names(&own.delegated(Some(&config_map), end + time::Duration::minutes(6)));
        assert_eq!((request_header.len(), client.len(), allowed), (0, 0, AllowedNames::Any));
    }
}
