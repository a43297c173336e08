//! What begins when a certificate becomes valid: a server takes it that very moment, without a restart.

use time::OffsetDateTime;

use super::facts::dates::date;
use super::facts::wording::subject;
use super::{Context, Finding, Outcome, Target};
use crate::model::{FileFlag, Setup, TrustBundle, other_certificates};
use crate::x509::Certificate;

/// As many moments are looked at: the first ones, and the last, when all are valid that have not ended.
const MOST: usize = 8;

/// A moment ahead, and whose validity begins at it.
pub(super) type Beginning = (OffsetDateTime, String);

/// When certificates become valid that decide who is believed, in order.
pub(super) fn beginnings(target: Target<'_>, context: &Context<'_>) -> Vec<Beginning> {
    let Some(setup) = target.setup() else { return Vec::new() };
    let mut found = begin_after([setup].into_iter(), context.now);
    // A component without a client CA has that of a server beside it.
    if !matches!(target, Target::Server(_) | Target::ConfigMap(_)) {
        let find = || begin_after(context.beside.lenders(), context.now);
        found.extend(context.beside.found.beginnings.get(context.now, find).iter().cloned());
        found = in_order(found);
    }
    found
}

/// When certificates of set-ups become valid after a moment.
fn begin_after<'a>(setups: impl Iterator<Item = &'a Setup>, now: OffsetDateTime) -> Vec<Beginning> {
    let ahead = setups.flat_map(certificates).filter(|certificate| certificate.not_before > now);
    in_order(ahead.map(|certificate| (certificate.not_before, subject(certificate))).collect())
}

/// Each moment once, and no more than are looked at.
fn in_order(mut found: Vec<Beginning>) -> Vec<Beginning> {
    found.sort_by_key(|(at, _)| *at);
    found.dedup_by_key(|(at, _)| *at);
    if found.len() > MOST {
        found.drain(MOST - 1..found.len() - 1);
    }
    found
}

fn certificates(setup: &Setup) -> impl Iterator<Item = &Certificate> {
    let bundles = [&setup.client_ca, &setup.requestheader_client_ca].into_iter().filter_map(FileFlag::loaded);
    let others = other_certificates(setup).map(|certificate| &certificate.value);
    bundles.flat_map(TrustBundle::certificates).chain(others)
}

/// Adds to what a rule says today what it says then and not before.
pub(super) fn with_what_begins(
    today: Outcome,
    beginnings: &[Beginning],
    context: &Context<'_>,
    ask: impl Fn(&Context<'_>) -> Option<Outcome>,
) -> Outcome {
    let mut found = match &today {
        Outcome::Fail(findings) => findings.clone(),
        _ => Vec::new(),
    };
    for beginning in beginnings {
        let Some(Outcome::Fail(then)) = ask(&context.at(beginning.0)) else { continue };
        for finding in then {
            if !found.iter().any(|known| known.identity == finding.identity) {
                found.push(begun(finding, beginning));
            }
        }
    }
    if found.is_empty() { today } else { Outcome::Fail(found) }
}

fn begun(finding: Finding, (at, who): &Beginning) -> Finding {
    let day = date(*at);
    Finding {
        message: format!("from {day} on, {}", finding.message),
        consequence: format!(
            "This begins on {day}, when {who} becomes valid; no file changes and nothing is started again. {}",
            finding.consequence
        ),
        ..finding
    }
}

#[cfg(test)]
mod tests {
    use time::Duration;

    use crate::lint::testing::{CLIENT_CA, Cluster, FRONT_PROXY_CA, Issued, NOW, SetupBuilder, bundle};
    use crate::lint::{Beside, Context, Finding, Target, judge};
    use crate::model::{Objects, Setup};

    fn findings(setup: &Setup, beside: &[Target<'_>], now: time::OffsetDateTime) -> Vec<(&'static str, Finding)> {
        let beside = &Beside::of(beside.iter().copied());
        let context = Context::new(beside, Objects::NONE, now, Duration::days(30));
        let judgement = judge(Target::of(setup), &context).unwrap();
        judgement.findings().map(|(rule, finding)| (rule.id, finding.clone())).collect()
    }

    fn with_bundle(builder: SetupBuilder, path: &str, certificates: &[&Issued]) -> Setup {
        builder.file(path, &bundle(certificates)).setup()
    }

    /// A root that is not valid yet, and a client CA below it.
    fn later() -> (Issued, Cluster) {
        let root = Issued::ca_with("root", |params| params.not_before = NOW + Duration::days(2));
        let mut cluster = Cluster::new();
        cluster.client_ca = root.intermediate("kubernetes");
        (root, cluster)
    }

    #[test]
    fn a_ca_that_will_be_valid_is_told_with_the_day() {
        let (root, cluster) = later();
        let setup = with_bundle(cluster.server(), FRONT_PROXY_CA, &[&cluster.front_proxy_ca, &root]);
        let found = findings(&setup, &[], NOW);
        let (_, finding) = found.iter().find(|(rule, _)| *rule == "ca-reused").unwrap();
        assert!(finding.message.starts_with("from 2026-01-17 on, "), "{}", finding.message);
        assert!(finding.consequence.starts_with("This begins on 2026-01-17, when CN=root becomes valid"));
        // When it is there, it is told as it is.
        let found = findings(&setup, &[], NOW + Duration::days(2));
        let (_, finding) = found.iter().find(|(rule, _)| *rule == "ca-reused").unwrap();
        assert!(!finding.message.contains("from 20"), "{}", finding.message);
    }

    #[test]
    fn the_other_door_opens_later_as_well() {
        let root = Issued::ca_with("root", |params| params.not_before = NOW + Duration::days(2));
        let mut cluster = Cluster::new();
        cluster.front_proxy_ca = root.intermediate("front-proxy-ca");
        let setup = with_bundle(cluster.server(), CLIENT_CA, &[&cluster.client_ca, &root]);
        let found = findings(&setup, &[], NOW);
        let (_, finding) = found.iter().find(|(rule, _)| *rule == "requestheader-ca-logs-in").unwrap();
        assert!(finding.message.starts_with("from 2026-01-17 on, "), "{}", finding.message);
    }

    #[test]
    fn a_component_has_the_client_ca_of_the_server_beside_it() {
        let (root, cluster) = later();
        let server = cluster.server().setup();
        let manager = cluster.controller_manager().without("client-ca-file").file(FRONT_PROXY_CA, &bundle(&[&root]));
        let found = findings(&manager.setup(), &[Target::Server(&server)], NOW);
        assert!(found.iter().any(|(rule, finding)| *rule == "component-ca-reused" && finding.message.contains("on, ")));
    }

    #[test]
    fn what_is_there_today_is_told_once_and_a_ca_of_its_own_is_no_fault() {
        let (root, cluster) = later();
        let other = Issued::ca_with("other", |params| params.not_before = NOW + Duration::days(9));
        let setup = with_bundle(cluster.server(), FRONT_PROXY_CA, &[&cluster.front_proxy_ca, &other]);
        assert!(!findings(&setup, &[], NOW).iter().any(|(rule, _)| rule.contains("reused")));
        let both = with_bundle(cluster.server(), FRONT_PROXY_CA, &[&cluster.client_ca, &other]);
        let found = findings(&both, &[], NOW);
        assert_eq!(found.iter().filter(|(rule, _)| *rule == "ca-reused").count(), 1, "{found:?}");
        drop(root);
    }

    #[test]
    fn of_many_moments_the_last_is_looked_at() {
        let (_, cluster) = later();
        let ahead =
            |days: i64| Issued::ca_with(&format!("ca-{days}"), |params| params.not_before = NOW + Duration::days(days));
        let mut all: Vec<Issued> = (1..20).map(ahead).collect();
        let last = Issued::ca_with("last", |params| params.not_before = NOW + Duration::days(40));
        let mut cluster = cluster;
        cluster.client_ca = last.intermediate("kubernetes");
        all.push(last);
        let setup = with_bundle(cluster.server(), FRONT_PROXY_CA, &all.iter().collect::<Vec<_>>());
        assert!(findings(&setup, &[], NOW).iter().any(|(rule, _)| *rule == "ca-reused"));
    }
}
