//! A server that says itself that it does not accept clients of the cluster's requestheader CA.

use crate::lint::facts::extension::read_the_config_map;
use crate::lint::facts::handshake::not_asked;
use crate::lint::prelude::*;
use crate::source::{Handshake, Shown};

pub(super) static RULE: Rule = Rule {
    id: "requestheader-ca-not-loaded",
    severity: Severity::Error,
    text: include_str!("../../../docs/rules/requestheader-ca-not-loaded.md"),
    checks: &[Check::Handshake(|handshake, context| judge(handshake, context).into())],
};

fn judge(handshake: &Handshake, context: &Context<'_>) -> Result<Vec<Finding>, Outcome> {
    let shown = handshake.shown.as_ref().map_err(|lack| Outcome::from(not_asked(handshake, lack)))?;
    let config_map = context
        .beside
        .config_map()
        .ok_or_else(|| Outcome::undecided("the ConfigMap with the cluster's CAs is not here"))?;
    let published = config_map.requestheader_client_ca().get()?;
    let server = Asked { handshake, shown, published };
    let Some(accepted) = server.accepted() else { return server.asks_for_none(context) };
    if accepted.is_empty() {
        return Err(server.undecided("it names none of the CAs whose clients it accepts"));
    }
    let lacking: Vec<&Certificate> =
        published.certificates().filter(|ca| !accepted.contains(&ca.raw_subject.as_slice())).collect();
    if lacking.is_empty() {
        return server.ambiguous(config_map).map_or(Ok(Vec::new()), |why| Err(server.undecided(why)));
    }
    if handshake.is_kube_apiserver {
        server.per_node(&lacking, context)
    } else {
        Ok(vec![server.finding(&lacking, context)])
    }
}

/// A server that was asked, and what its cluster has.
struct Asked<'a> {
    handshake: &'a Handshake,
    shown: &'a Shown,
    published: &'a TrustBundle,
}

impl Asked<'_> {
    fn accepted(&self) -> Option<Vec<&[u8]>> {
        Some(self.shown.accepts.as_ref()?.iter().map(|ca| ca.subject.as_slice()).collect())
    }

    fn undecided(&self, why: impl Into<String>) -> Outcome {
        let server = &self.handshake.server;
        Reason::undecided(why).about(&server.value).at(&server.origin).into()
    }

    /// Why the names prove nothing, though all are there.
    fn ambiguous(&self, config_map: &ConfigMap) -> Option<String> {
        let of_clients = config_map.client_ca().loaded();
        self.published.certificates().find_map(|ca| {
            let is_same = |other: &&Certificate| other.raw_subject == ca.raw_subject;
            let name = subject(ca);
            if self.published.certificates().filter(is_same).count() > 1 {
                return Some(format!(
                    "two requestheader CAs of the ConfigMap are called {name}: which it has is not told"
                ));
            }
            let shared = of_clients.is_some_and(|bundle| bundle.certificates().any(|other| is_same(&other)));
            shared.then(|| format!("a client CA is called {name} as well: that it names it proves nothing"))
        })
    }

    fn asks_for_none(&self, context: &Context<'_>) -> Result<Vec<Finding>, Outcome> {
        if self.handshake.is_kube_apiserver {
            return Err(self.undecided("it asks for no client certificate: something before it ends TLS"));
        }
        let name = &self.handshake.server.value;
        Ok(vec![Finding {
            severity: Severity::Warning,
            message: format!("{name} asks for no client certificate"),
            label: "no certificate is asked for".to_owned(),
            consequence:
                "It cannot tell kube-apiserver from anybody else: either it believes whoever reaches it, or it \
                          answers 401 or 403 to all."
                    .to_owned(),
            ..self.finding(&[], context)
        }])
    }

    fn finding(&self, lacking: &[&Certificate], context: &Context<'_>) -> Finding {
        let name = &self.handshake.server.value;
        let all = lacking.len() == self.published.certificates().count();
        let names = names(lacking);
        let consequence = if all {
            "It does not believe kube-apiserver, and answers 401 to what kube-apiserver passes on: its requestheader CA is \
             pinned by a flag, or it has not loaded the ConfigMap."
        } else {
            "As soon as a kube-apiserver shows a client of that CA, it answers 401 to it: its requestheader CA is pinned by \
             a flag, or it has not loaded the ConfigMap since."
        };
        Finding::new(
            Severity::error_if(all),
            format!("{name} does not accept clients of {names}, which the cluster has"),
        )
        .at(&self.shown.accepts_origin, format!("what it accepts, asked at {}", self.handshake.asked))
        .related([related(&self.published.origin, "what the cluster has")])
        .consequence(consequence)
        .fix(read_the_config_map(context))
        .identity(lacking.iter().map(|ca| ca.fingerprint()).chain([name.clone()]))
    }

    /// Another API server has what this one lacks.
    fn per_node(&self, lacking: &[&Certificate], context: &Context<'_>) -> Result<Vec<Finding>, Outcome> {
        let has = |ca: &Certificate| {
            context
                .beside
                .handshakes
                .iter()
                .copied()
                .find(|other| other.is_kube_apiserver && accepts(other, &ca.raw_subject))
        };
        let elsewhere: Vec<(&Certificate, &Handshake)> =
            lacking.iter().filter_map(|ca| Some((*ca, has(ca)?))).collect();
        let Some((_, other)) = elsewhere.first() else {
            let names = names(lacking);
            return Err(self.undecided(format!(
                "no API server that was asked accepts clients of {names}: it is left over in the ConfigMap, or of one that \
                 was not asked"
            )));
        };
        let (name, theirs) = (&self.handshake.server.value, &other.server.value);
        let cas: Vec<&Certificate> = elsewhere.iter().map(|(ca, _)| *ca).collect();
        let names = names(&cas);
        Ok(vec![Finding {
            severity: Severity::Warning,
            message: format!(
                "{name} does not accept clients of {names}, which {theirs} does: the nodes have front-proxy CAs \
                 of their own"
            ),
            related: vec![related(&other.server.origin, "the other one")],
            consequence:
                "An extension API server that has its CA from a flag works through one of the nodes only, and \
                          each node that is replaced changes whom the others must trust."
                    .to_owned(),
            fix: Fix::from(
                "Give --requestheader-client-ca-file of every kube-apiserver one CA, with a client of that CA on each \
                 node: `aggcert rotate` brings them there without a failed request.",
            ),
            ..self.finding(&cas, context)
        }])
    }
}

fn names(cas: &[&Certificate]) -> String {
    list(cas.iter().map(|ca| subject(ca)), "and")
}

fn accepts(handshake: &Handshake, subject: &[u8]) -> bool {
    let shown = handshake.shown.as_ref().ok().and_then(|shown| shown.accepts.as_ref());
    shown.is_some_and(|names| names.iter().any(|name| name.subject == subject))
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::*;
    use crate::lint::Target;
    use crate::lint::testing::{Cluster, Expect, Issued, check_target};
    use crate::source::{Document, NoSurroundings, read};
    use crate::text::SourceFile;

    /// A server that accepts clients of these; `None`: it asks for no certificate.
    fn server(name: &str, kind: &str, accepts: Option<&[&Issued]>) -> Handshake {
        let one = |ca: &&Issued| format!("{{der: {}}}", STANDARD.encode(&ca.certificate().raw_subject));
        let accepts = accepts
            .map_or("null".to_owned(), |all| format!("[{}]", all.iter().map(one).collect::<Vec<_>>().join(", ")));
        handshake(name, kind, &format!("certificates: x\naccepts: {accepts}\n"))
    }

    fn handshake(name: &str, kind: &str, rest: &str) -> Handshake {
        let yaml = format!(
            "apiVersion: aggcert/v1\nkind: Handshake\nmetadata: {{name: {name}}}\nserver: {kind}\nasked: {name}:443\n{rest}"
        );
        let documents = read(&SourceFile::new("cluster.yaml", yaml), None, &NoSurroundings).unwrap();
        let [Document::Handshake(handshake)] = documents.as_slice() else { panic!("{documents:?}") };
        (**handshake).clone()
    }

    fn says(handshake: &Handshake, cluster: &Cluster, others: &[&Handshake]) -> Outcome {
        let setup = cluster.config_map().read();
        let others = others.iter().map(|other| Target::Handshake(other));
        let beside: Vec<Target<'_>> = others.chain([Target::ConfigMap(&setup)]).collect();
        check_target(&RULE, Target::Handshake(handshake), &beside)
    }

    #[test]
    fn fails_when_the_clusters_ca_is_not_among_what_it_accepts() {
        let cluster = Cluster::new();
        let pinned = server("a", "extension", Some(&[&cluster.client_ca, &Issued::ca("old")]));
        let finding = says(&pinned, &cluster, &[]).expect_error();
        assert_eq!(finding.message, "a does not accept clients of CN=front-proxy-ca, which the cluster has");
        let deaf = says(&server("a", "extension", None), &cluster, &[]).expect_finding();
        assert_eq!((deaf.severity, deaf.message.as_str()), (Severity::Warning, "a asks for no client certificate"));
    }

    #[test]
    fn fails_with_a_warning_when_it_lacks_one_of_two() {
        let (cluster, new) = (Cluster::new(), Issued::ca("new"));
        let setup = cluster
            .config_map()
            .set("requestheader-client-ca-file", &format!("{}{}", cluster.front_proxy_ca.pem, new.pem))
            .read();
        let old = server("a", "extension", Some(&[&cluster.front_proxy_ca]));
        let outcome = check_target(&RULE, Target::Handshake(&old), &[Target::ConfigMap(&setup)]);
        assert_eq!(outcome.expect_finding().severity, Severity::Warning);
        // A CA of its own on each node.
        let one = server("a", "kube-apiserver", Some(&[&cluster.front_proxy_ca]));
        let other = server("b", "kube-apiserver", Some(&[&new]));
        let beside = [Target::ConfigMap(&setup), Target::Handshake(&one), Target::Handshake(&other)];
        check_target(&RULE, Target::Handshake(&one), &beside)
            .expect_finding()
            .says("a does not accept clients of CN=new, which b does");
        // Or one that is left over.
        check_target(&RULE, Target::Handshake(&one), &beside[..2]).expect_unknown();
    }

    #[test]
    fn passes_when_it_names_it() {
        let cluster = Cluster::new();
        let names = [&cluster.client_ca, &cluster.front_proxy_ca];
        for kind in ["extension", "kube-apiserver"] {
            says(&server("a", kind, Some(&names)), &cluster, &[]).expect_pass();
        }
    }

    #[test]
    fn is_unknown_when_the_name_proves_nothing_or_it_was_not_asked() {
        let mut cluster = Cluster::new();
        cluster.client_ca = Issued::ca("front-proxy-ca");
        let names = [&cluster.client_ca, &cluster.front_proxy_ca];
        let why = says(&server("a", "extension", Some(&names)), &cluster, &[]).expect_unknown();
        assert_eq!(why, "a: a client CA is called CN=front-proxy-ca as well: that it names it proves nothing");
        says(&server("a", "extension", Some(&[])), &cluster, &[]).expect_unknown();
        says(&server("a", "kube-apiserver", None), &cluster, &[]).expect_unknown();
        let not_asked = handshake("a", "extension", "notAsked: {why: it is away}\n");
        assert_eq!(says(&not_asked, &cluster, &[]).expect_unknown(), "a: it was not asked: it is away");
        let shown = server("a", "extension", Some(&names));
        check_target(&RULE, Target::Handshake(&shown), &[]).expect_unknown();
    }

    #[test]
    fn does_not_apply_without_a_ca_in_the_config_map() {
        let cluster = Cluster::new();
        let setup = cluster.config_map().without("requestheader-client-ca-file").read();
        let shown = server("a", "extension", Some(&[&cluster.client_ca]));
        check_target(&RULE, Target::Handshake(&shown), &[Target::ConfigMap(&setup)]).expect_not_applicable();
    }
}
