//! Applies the rules to a target.

use crate::kubernetes::Component;
use crate::model::{Cause, FileFlag, FileState, Purpose, Reason, Serving, Setup, Trust, shown_certificates};
use crate::source::{Completeness, InputFormat, Invocation, Provenance};
use crate::text::{Located, Origin};

use super::context::Facts;
use super::facts::components::told_of;
use super::facts::config_map_patch;
use super::facts::extension::servers_of;
use super::facts::reuse::held_back;
use super::guard::guarded;
use super::policy::FILE_NAME;
use super::{
    CertificateInUse, Check, Context, Judgement, Note, Outcome, Related, Rule, RuleOutcome, Severity, Target, ahead,
    branches, not_collected, rules,
};

/// Asks every rule that looks at such a target, in the order of the registry.
///
/// `None` when there is nothing to judge: no node was given, or no settings are in use.
pub fn judge(target: Target<'_>, context: &Context<'_>) -> Option<Judgement> {
    let mut judgement = judge_one(target, context)?;
    target.setup().into_iter().for_each(|setup| tell_again(&setup.invocation, &mut judgement));
    let alternatives = target.setup().map(|setup| setup.alternatives.as_slice()).unwrap_or_default();
    for target in alternatives.iter().map(Target::of) {
        if let Some(other) = judge_one(target, context) {
            branches::take_in(&mut judgement, other);
        }
    }
    Some(judgement)
}

/// The same command stands in its file again: its findings are told once.
fn tell_again(invocation: &Invocation, judgement: &mut Judgement) {
    let Some(first) = invocation.again.first() else { return };
    let label = match invocation.again.len() {
        1 => "the same command stands here again".to_owned(),
        count => format!("the same command stands here and in {} more places", count - 1),
    };
    let outcomes = judgement.outcomes.iter_mut().map(|outcome| &mut outcome.outcome);
    let findings =
        outcomes.filter_map(|outcome| if let Outcome::Fail(findings) = outcome { Some(findings) } else { None });
    for finding in findings.flatten() {
        finding.related.push(Related { origin: first.clone(), label: label.clone() });
    }
}

fn judge_one(target: Target<'_>, context: &Context<'_>) -> Option<Judgement> {
    let facts = target.setup().map(Facts::new);
    let context = &context.with(facts.as_ref());
    let beginnings = ahead::beginnings(target, context);
    let mut judged = judgement(target, |rule| {
        if let Target::Cluster(collection) = target {
            return not_collected::outcome(rule, collection, context);
        }
        let today = told_once(rule, target, context)?;
        // Rules about validity itself look ahead by themselves.
        let beginnings = if rules::decides_identity(rule) { beginnings.as_slice() } else { &[] };
        let outcome = ahead::with_what_begins(today, beginnings, context, |context| told_once(rule, target, context));
        Some(settled(rule, guarded(outcome, target, context), target, context))
    })?;
    if let Target::ConfigMap(config_map) = target {
        config_map_patch::join(config_map, &mut judged.outcomes);
    }
    Some(judged)
}

/// Where further arguments may say something else, nothing is fine; what is wrong in those that are here is told. Nor is a
/// part of the flags that says whom the server trusts, while what decides who can be whom may be given elsewhere; lesser
/// faults that a part does not show are not asked for.
fn settled(rule: &Rule, outcome: Outcome, target: Target<'_>, context: &Context<'_>) -> Outcome {
    if let Some(why) = may_be_another(target, context).filter(|_| matches!(outcome, Outcome::Pass | Outcome::Fail(_))) {
        return Reason::new(Cause::Unresolved(why.value.clone())).at(&why.origin).into();
    }
    let Some(setup) = target.setup() else { return outcome };
    let elsewhere = |why: &Reason| why.cause().is_partial();
    match (outcome, &setup.invocation.open) {
        (Outcome::Pass, Some(why)) => Reason::new(Cause::Unresolved(why.value.clone())).at(&why.origin).into(),
        (Outcome::NotApplicable(mut why), _)
            if rule.severity == Severity::Error
                && rules::decides_identity(rule)
                && why.iter().any(elsewhere)
                && setup.says_whom_it_trusts() =>
        {
            why.retain(elsewhere);
            Outcome::Unknown(why)
        }
        (outcome, _) => outcome,
    }
}

/// Why neither what is right nor what is wrong here need be so: a kustomization changes it, or an object that it belongs to, by
/// what is not followed.
fn may_be_another<'a>(target: Target<'a>, context: &Context<'a>) -> Option<&'a Located<String>> {
    let of_objects = || context.objects.all().find_map(|resource| resource.object().open.as_ref());
    match target {
        Target::ApiService(service) => service.open.as_ref().or_else(of_objects),
        Target::Extension(server) => server
            .setup
            .invocation
            .open
            .as_ref()
            .filter(|_| server.setup.invocation.may_be_replaced)
            .or_else(of_objects),
        target => target.setup().filter(|setup| setup.invocation.may_be_replaced)?.invocation.open.as_ref(),
    }
}

/// The judgement of servers that are not compared, and why.
pub(super) fn not_compared(nodes: &[&Setup], why: &str) -> Option<Judgement> {
    judgement(Target::Nodes(nodes), |rule| rule.compares_nodes().then(|| Outcome::undecided(why)))
}

fn judgement(target: Target<'_>, ask: impl Fn(&'static Rule) -> Option<Outcome>) -> Option<Judgement> {
    let head = Head::of(&target)?;
    let outcomes = rules::ALL.iter().filter_map(|rule| Some(RuleOutcome { rule, outcome: ask(rule)? })).collect();
    let setup = target.setup();
    let trust = setup.map(Setup::trust).unwrap_or_default();
    Some(Judgement {
        kind: head.kind,
        name: head.name,
        origin: head.origin,
        format: head.format,
        outcomes,
        accepted: Vec::new(),
        certificates: certificates_in_use(&trust).into_iter().chain(serving_certificate(&target)).collect(),
        trust,
        not_looked_at: match target {
            Target::Cluster(collection) => not_collected::reasons(collection),
            _ => setup.map(not_looked_at).unwrap_or_default(),
        },
        is_silent: setup.is_some_and(is_silent),
        defaults: setup.map(defaults).unwrap_or_default(),
    })
}

fn is_silent(setup: &Setup) -> bool {
    let Invocation { component, completeness, .. } = &setup.invocation;
    *component == Component::KubeApiserver && *completeness == Completeness::Fragment && !setup.says_whom_it_trusts()
}

/// What a rule says, with fixes that heed what is known beside it: none has another header read while the two CA files share a
/// CA.
pub(super) fn ask(rule: &Rule, target: Target<'_>, context: &Context<'_>) -> Option<Outcome> {
    let outcome = rule.judge(target, context)?;
    Some(told_of(held_back(outcome, target, context), target, context))
}

/// What it says where nothing else does. A ConfigMap has the faults of the servers that publish it: what one beside it has as well is told
/// there.
fn told_once(rule: &Rule, target: Target<'_>, context: &Context<'_>) -> Option<Outcome> {
    let outcome = ask(rule, target, context).or_else(|| unseen(rule, target, context))?;
    let Target::ConfigMap(_) = target else { return Some(outcome) };
    let Outcome::Fail(mut findings) = outcome else { return Some(outcome) };
    let of_servers = || {
        let alone = &context.alone();
        let judged = context.beside.servers.iter().filter_map(|server| rule.judge(Target::Server(server), alone));
        judged.flat_map(Outcome::into_findings).map(|finding| finding.identity).collect()
    };
    let theirs = context.beside.found.of_servers.get((rule.id, context.now), of_servers);
    findings.retain(|finding| !theirs.contains(&finding.identity));
    Some(if findings.is_empty() {
        Reason::reported("a kube-apiserver beside it has the same fault", rule.id).into()
    } else {
        Outcome::Fail(findings)
    })
}

/// What cannot be said of an extension API server, for it is not among the objects.
fn unseen(rule: &Rule, target: Target<'_>, context: &Context<'_>) -> Option<Outcome> {
    let Target::ApiService(api_service) = target else { return None };
    let is_of_server = rule.checks.iter().any(|check| matches!(check, Check::Extension(_)));
    let outcome = is_of_server.then(|| servers_of(api_service, context).err()).flatten();
    outcome.filter(|outcome| matches!(outcome, Outcome::Unknown(_)))
}

/// How a target is named.
struct Head {
    kind: &'static str,
    name: String,
    origin: Origin,
    format: Option<InputFormat>,
}

impl Head {
    fn of(target: &Target<'_>) -> Option<Self> {
        Some(match target {
            Target::Server(setup) | Target::OtherComponent(setup) => {
                Self::of_setup(setup.invocation.component.name(), setup)
            }
            Target::ConfigMap(config_map) => Self::of_setup("ConfigMap", config_map.reader()),
            Target::Extension(server) => Self::of_setup(server.setup.invocation.component.name(), &server.setup),
            Target::ApiService(service) => Self {
                kind: "APIService",
                name: service.name.value.clone(),
                origin: service.name.origin.clone(),
                format: Some(InputFormat::ApiService),
            },
            Target::Cluster(collection) => Self {
                kind: "cluster",
                name: collection.name.value.clone(),
                origin: collection.name.origin.clone(),
                format: Some(InputFormat::Collection),
            },
            Target::Handshake(handshake) => Self {
                kind: "server",
                name: handshake.server.value.clone(),
                origin: handshake.server.origin.clone(),
                format: Some(InputFormat::Collection),
            },
            Target::Nodes(nodes) => {
                let first = nodes.first()?;
                Self {
                    kind: "nodes",
                    name: format!("{} control-plane nodes", nodes.len()),
                    origin: first.invocation.origin.clone(),
                    format: None,
                }
            }
            Target::Policy(policy) => {
                let of_file = policy.file().map(|file| (FILE_NAME, Origin::start_of(file)));
                let in_comments = || Some(("comments that accept findings", policy.comments().first()?.origin.clone()));
                let (name, origin) = of_file.or_else(in_comments)?;
                Self { kind: "settings", name: name.to_owned(), origin, format: None }
            }
        })
    }

    fn of_setup(kind: &'static str, setup: &Setup) -> Self {
        Self {
            kind,
            name: setup.invocation.name.clone(),
            origin: setup.invocation.origin.clone(),
            format: Some(setup.invocation.format),
        }
    }
}

/// What an extension API server shows, by its files or when it was asked.
fn serving_certificate(target: &Target<'_>) -> Option<CertificateInUse> {
    let (certificate, path) = match target {
        Target::Extension(server) => match &server.serving {
            Serving::Certificate(FileState::Loaded(file)) => (file.leaf.value.clone(), file.path.clone()),
            _ => return None,
        },
        Target::Handshake(handshake) => {
            let text = &handshake.shown.as_ref().ok()?.certificates;
            let file = shown_certificates(text, |_| text.origin()).ok()?;
            (file.leaf.value, format!("shown by {}", handshake.server.value))
        }
        _ => return None,
    };
    Some(CertificateInUse { role: "tls-cert-file", path, certificate })
}

/// All of the two bundles; of other files the first one, which is what the file is for.
fn certificates_in_use(trust: &Trust) -> Vec<CertificateInUse> {
    let mut certificates: Vec<CertificateInUse> = Vec::new();
    for held in &trust.held {
        let is_bundle = matches!(held.purpose, Purpose::TrustsUsers | Purpose::TrustsFrontProxies);
        let path = if held.path.is_empty() { held.flag } else { &held.path };
        let counts = if is_bundle { usize::MAX } else { 1 };
        for certificate in held.certificates.iter().flatten().take(counts) {
            let in_use = |known: &CertificateInUse| known.role == held.flag && known.certificate == *certificate;
            if !certificates.iter().any(in_use) {
                let (path, certificate) = (path.to_owned(), certificate.clone());
                certificates.push(CertificateInUse { role: held.flag, path, certificate });
            }
        }
    }
    certificates
}

fn not_looked_at(setup: &Setup) -> Vec<Reason> {
    let files = [
        setup.client_ca.not_looked_at(),
        setup.requestheader_client_ca.not_looked_at(),
        setup.proxy_client.not_looked_at(),
        setup.proxy_client_key.not_looked_at(),
    ];
    let signing_cas = setup.signing_cas.iter().filter_map(FileFlag::not_looked_at);
    let unresolved = setup.invocation.unresolved.iter();
    let unresolved = unresolved.map(|part| Reason::new(Cause::Unresolved(part.value.clone())).at(&part.origin));
    files.into_iter().flatten().chain(signing_cas).chain(unresolved).collect()
}

fn defaults(setup: &Setup) -> Vec<Note> {
    setup
        .invocation
        .arguments
        .iter()
        .filter_map(|argument| match argument.provenance {
            Provenance::Written => None,
            Provenance::DefaultOf(tool) => Some(Note {
                origin: Some(argument.text.origin()),
                text: format!("{} (a default of {tool})", argument.text),
            }),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use time::Duration;

    use super::{is_silent, settled};
    use crate::kubernetes::Component;

    use crate::lint::testing::{ApiServiceBuilder, NOW, SetupBuilder};
    use crate::lint::{Beside, Context, Outcome, Target, rules};
    use crate::model::Objects;
    use crate::text::Located;

    #[test]
    fn a_part_of_the_flags_is_silent_until_one_says_whom_the_server_trusts() {
        let of = |flag: &str| SetupBuilder::new(Component::KubeApiserver, &[flag]);
        assert!(is_silent(&of("--profiling=false").fragment().setup()));
        assert!(!is_silent(&of("--profiling=false").setup()));
        assert!(!is_silent(&of("--requestheader-allowed-names=").fragment().setup()));
        assert!(!is_silent(&SetupBuilder::new(Component::KubeScheduler, &["--v=2"]).fragment().setup()));
    }

    #[test]
    fn neither_right_nor_wrong_is_what_a_kustomization_may_change() {
        let mut setup = SetupBuilder::new(Component::KubeApiserver, &["--v=2"]).setup();
        let why = Located::new("kustomize changes it".to_owned(), setup.invocation.origin.clone());
        let beside = Beside::default();
        let context = Context::new(&beside, Objects::NONE, NOW, Duration::days(30));
        let is_undecided = |target: Target<'_>, outcome: Outcome| {
            matches!(settled(rules::ALL[0], outcome, target, &context), Outcome::Unknown(_))
        };
        setup.invocation.open = Some(why.clone());
        assert!(!is_undecided(Target::Server(&setup), Outcome::Fail(Vec::new())));
        setup.invocation.may_be_replaced = true;
        assert!(is_undecided(Target::Server(&setup), Outcome::Fail(Vec::new())));
        let mut service = ApiServiceBuilder::new().api_service();
        assert!(!is_undecided(Target::ApiService(&service), Outcome::Pass));
        service.open = Some(why);
        for outcome in [Outcome::Pass, Outcome::Fail(Vec::new())] {
            assert!(is_undecided(Target::ApiService(&service), outcome));
        }
    }
}
