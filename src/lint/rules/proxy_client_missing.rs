//! No client certificate for what kube-apiserver passes on.

use crate::lint::facts::directory::file_on_node;
use crate::lint::facts::host::path_on_node;
use crate::lint::facts::init_command::issue_client;
use crate::lint::facts::passed_on;
use crate::lint::prelude::*;
use crate::source::InputFormat;

const KEY: &str = "proxy-client-key-file";
const CA: &str = "requestheader-client-ca-file";

pub(super) static RULE: Rule = Rule {
    id: "proxy-client-missing",
    severity: Severity::Error,
    text: include_str!("../../../docs/rules/proxy-client-missing.md"),
    checks: &[Check::Server(|setup, context| judge(setup, context).into())],
};

fn judge(setup: &Setup, context: &Context<'_>) -> Judged {
    let pair = [&setup.proxy_client.flag, &setup.proxy_client_key.flag];
    let key_alone = is_key_alone(setup);
    // What is empty on purpose is not given elsewhere.
    if !key_alone && pair.iter().any(|flag| flag.is_absent()) {
        complete(setup)?;
    }
    let (given, missing): (Vec<_>, Vec<_>) = pair.into_iter().partition(|flag| flag.is_path_given());
    let ca = &setup.requestheader_client_ca.flag;
    if missing.is_empty() {
        return Ok(Vec::new());
    }
    if given.is_empty() && !ca.is_path_given() {
        return Err(not_applicable(format!("neither --{CA} nor a proxy client is given")));
    }
    // A dump shows every flag, and an empty one may be the default.
    let is_dump = setup.invocation.format == InputFormat::FlagDump;
    let switched_off = !is_dump && given.is_empty() && missing.iter().all(|flag| flag.setting().given().is_some());
    let fix = match (given.first(), missing.first()) {
        _ if key_alone => issue_client(setup),
        (Some(given), Some(missing)) => other_half(setup, missing.name, given.path()),
        _ => issue_client(setup),
    };
    let flags = list(missing.iter().map(|flag| flag.called()), "and");
    let verb = if missing.len() == 1 { "is" } else { "are" };
    let shown = given.first().or(missing.first()).and_then(|flag| flag.origin());
    let origin = shown.or_else(|| ca.origin()).unwrap_or(&setup.invocation.origin);
    let expected = ca.origin().filter(|ca| *ca != origin);
    Ok(vec![
        Finding::new(
            Severity::error_if(!switched_off),
            match given.first() {
                Some(key) if key_alone => {
                    format!(
                        "{} is there without its certificate: nobody can be a front proxy with it",
                        key.as_written()
                    )
                }
                Some(flag) => format!("{} is given without {flags}; kube-apiserver uses neither", flag.called()),
                None if switched_off => format!("{flags} {verb} empty: kube-apiserver shows no client certificate"),
                None => format!("{flags} {verb} not given: kube-apiserver shows no client certificate"),
            },
        )
        .at(origin, if given.is_empty() { "no pair to be a front proxy with" } else { "half of a pair" })
        .related(expected.map(|ca| related(ca, "extension API servers expect a certificate of this CA")))
        .consequence("To extension API servers such as metrics-server every user is anonymous: they answer 401 or 403.")
        .demonstration(passed_on::demonstration(setup, context.now))
        .fix(fix)
        .identity(missing.iter().map(|flag| flag.name.to_owned())),
    ])
}

/// Keys are left behind where a directory is copied, and certificates are not.
fn is_key_alone(setup: &Setup) -> bool {
    let (certificate, key) = (&setup.proxy_client.flag, &setup.proxy_client_key.flag);
    setup.invocation.format == InputFormat::PkiDirectory && certificate.is_absent() && key.is_path_given()
}

/// The flag of the pair that is not there, beside the one that is; another pair where the two files do not belong together.
fn other_half(setup: &Setup, flag: &str, given: Option<&str>) -> Fix {
    let ending = if flag == KEY { "key" } else { "crt" };
    let fix = Fix::from(format!("Give the other file of the pair with --{flag}."));
    let Some(given) = given else { return fix };
    let stem = given.rsplit_once('.').filter(|(_, ending)| !ending.contains('/')).map_or(given, |(stem, _)| stem);
    let other = format!("{stem}.{ending}");
    // Of certificates that no flag names only CAs are looked for.
    let on_node = file_on_node(setup, &other);
    let Some(key) = setup.keys_on_host.iter().find(|key| path_on_node(setup, &key.path) == on_node) else {
        return fix.saying(|this| format!("{this} It was not seen here; by its name it is {other}."));
    };
    // Without a pair the server starts; with one that does not match it does not.
    let fits = setup.proxy_client.loaded().is_some_and(|client| key.key.matches(&client.leaf.value));
    if fits { fix.flag(format!("--{flag}={other}")) } else { issue_client(setup) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kubernetes::Component;
    use crate::lint::testing::{Cluster, Expect, PROXY_CLIENT_KEY, SetupBuilder, check};

    const CERTIFICATE: &str = "proxy-client-cert-file";

    #[test]
    fn fails_where_a_directory_holds_the_key_alone() {
        let alone = |setup: &mut Setup| {
            setup.invocation.format = InputFormat::PkiDirectory;
            setup.options.fragment = Some(crate::model::Reason::new(crate::model::Cause::Fragment));
        };
        let mut setup = Cluster::new().server().without(CERTIFICATE).setup();
        alone(&mut setup);
        check(&RULE, &setup).expect_finding().says("front-proxy-client.key is there without its certificate");
        let mut without_key = Cluster::new().server().without(KEY).setup();
        alone(&mut without_key);
        assert!(!matches!(check(&RULE, &without_key), crate::lint::Outcome::Fail(_)));
    }

    #[test]
    fn fails_without_the_pair_and_shows_an_anonymous_user() {
        let finding = check(&RULE, Cluster::new().server().without(CERTIFICATE).without(KEY)).expect_error();
        assert_eq!(
            finding.fix.flags,
            [
                "--proxy-client-cert-file=/etc/kubernetes/pki/front-proxy-client.crt",
                "--proxy-client-key-file=/etc/kubernetes/pki/front-proxy-client.key"
            ]
        );
        finding.shows("takes her for user system:anonymous");
    }

    #[test]
    fn fails_with_half_of_the_pair() {
        let finding = check(&RULE, Cluster::new().server().set(KEY, "")).expect_finding();
        assert_eq!(
            finding.message,
            "--proxy-client-cert-file is given without --proxy-client-key-file; kube-apiserver uses neither"
        );
        finding.shows("system:anonymous");
    }

    /// With such a pair the server would not start.
    #[test]
    fn names_the_other_file_only_where_the_two_belong_together() {
        let fix = |server: &SetupBuilder| check(&RULE, server).expect_finding().fix;
        let cluster = Cluster::new();
        let server = cluster.server().without(KEY);
        assert_eq!(fix(&server).flags, [format!("--{KEY}={PROXY_CLIENT_KEY}")]);
        let other = server.clone().file(PROXY_CLIENT_KEY, &cluster.front_proxy_ca.client("x").key_pem);
        for server in [other, server.set(CERTIFICATE, PROXY_CLIENT_KEY)] {
            let fix = fix(&server);
            let renew = "aggcert renew /etc/kubernetes/pki --client-common-name front-proxy-client";
            assert_eq!(fix.commands, [renew], "{fix}");
            assert_eq!(fix.flags.len(), 2, "{fix}");
        }
    }

    #[test]
    fn fails_as_a_warning_where_both_are_empty_on_purpose() {
        assert_eq!(
            check(&RULE, Cluster::new().server().set(CERTIFICATE, "").set(KEY, "")).expect_finding().severity,
            Severity::Warning
        );
    }

    #[test]
    fn passes_with_both_even_if_they_are_expressions() {
        check(&RULE, Cluster::new().server()).expect_pass();
        check(&RULE, Cluster::new().server().set(CERTIFICATE, "{{ a }}").set(KEY, "{{ b }}")).expect_pass();
    }

    #[test]
    fn does_not_apply_to_a_fragment_or_without_aggregation() {
        check(&RULE, Cluster::new().server().without(KEY).fragment()).expect_not_applicable();
        assert_eq!(
            check(&RULE, Cluster::new().server().set(CERTIFICATE, "").set(KEY, "").fragment())
                .expect_finding()
                .severity,
            Severity::Warning
        );
        check(&RULE, SetupBuilder::new(Component::KubeApiserver, &["--client-ca-file=/ca.crt"]))
            .expect_not_applicable();
    }
}
