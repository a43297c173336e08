//! What the nodes of a cluster make of each other's proxy clients.

use std::collections::BTreeSet;

use crate::lint::Context;
use crate::model::{Authentication, AuthenticatorKind, Decision, Request, Setup, User, Verdict};

use super::node_view::{Aspect, name_of};
use super::wording::list;

/// The user that every request of the comparison claims to be.
const CLAIMED: &str = "eve";

/// One node's proxy client is somebody else on another node.
pub(crate) struct Disagreement {
    pub aspect: Aspect,
    /// Index of the node whose proxy client it is, and of the first one that does not take it.
    pub from: usize,
    pub to: usize,
    pub demonstration: String,
}

/// Asks every node about every other node's proxy client, with the headers that kube-apiserver sends. Of each node, the
/// first disagreement about each aspect; and whether every node could be asked about every other one's.
pub(crate) fn disagreements(context: &Context<'_>, nodes: &[&Setup], names: &[String]) -> (Vec<Disagreement>, bool) {
    let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let headers = vec![
        header("X-Remote-User", CLAIMED),
        header("X-Remote-Uid", "1"),
        header("X-Remote-Group", "developers"),
        header("X-Remote-Extra-Scopes", "read"),
    ];
    let servers = Servers::of(nodes);
    let mut found = Vec::new();
    let mut asked = 0;
    for (from, node) in nodes.iter().enumerate() {
        let Some(file) = node.proxy_client.loaded() else { continue };
        let request = Request { certificates: file.sent(), headers: headers.clone() };
        // A proxy client that its own node does not take is that node's fault, not a disagreement.
        let own = servers.of_node(from).map(|server| server.authenticate(&request, context.now));
        let Some(own) = own.as_ref().and_then(Decision::front_proxy_user) else { continue };
        asked += usize::from(servers.is_whole());
        let mut met = BTreeSet::new();
        for (to, server) in &servers.distinct {
            let decision = server.authenticate(&request, context.now);
            let aspect = aspect_of(&decision);
            if decision.front_proxy_user() == Some(own) || !met.insert(aspect) {
                continue;
            }
            let (here, there) = (name_of(names, from), name_of(names, *to));
            found.push(Disagreement {
                aspect,
                from,
                to: *to,
                demonstration: format!(
                    "Claiming `X-Remote-User: {CLAIMED}`, the proxy client of {here} is {} on {here}; on {there} it is {}.",
                    if aspect == Aspect::Headers { who(own) } else { format!("user {}", own.username) },
                    outcome(&decision, nodes.get(*to).is_some_and(|node| node.client_ca.get().is_ok())),
                ),
            });
        }
    }
    (found, asked == nodes.len())
}

/// The servers of nodes. Those of one cluster are alike, so that each request is decided once for many nodes.
struct Servers {
    /// Each with the index of its first node, in the order of the nodes.
    distinct: Vec<(usize, Authentication)>,
    /// For each node, which of them it has, where that is known.
    of_nodes: Vec<Option<usize>>,
}

impl Servers {
    fn of(nodes: &[&Setup]) -> Self {
        let mut distinct: Vec<(usize, Authentication)> = Vec::new();
        let mut server = |(index, node): (usize, &&Setup)| {
            let server = Authentication::of(node).or_else(|_| Authentication::of_front_proxies(node)).ok()?;
            let known = distinct.iter().position(|(_, known)| *known == server);
            Some(known.unwrap_or_else(|| {
                distinct.push((index, server));
                distinct.len() - 1
            }))
        };
        let of_nodes = nodes.iter().enumerate().map(&mut server).collect();
        Self { distinct, of_nodes }
    }

    /// Whether all nodes have one.
    fn is_whole(&self) -> bool {
        self.of_nodes.iter().all(Option::is_some)
    }

    fn of_node(&self, node: usize) -> Option<&Authentication> {
        let index = (*self.of_nodes.get(node)?)?;
        self.distinct.get(index).map(|(_, server)| server)
    }
}

/// What made the answer another one.
fn aspect_of(decision: &Decision) -> Aspect {
    let step = decision.steps.iter().find(|step| step.authenticator == AuthenticatorKind::RequestHeader);
    match step.map(|step| (&step.verdict, step.chains.is_empty())) {
        Some((Verdict::Authenticated(_), _) | (Verdict::NoOpinion(_), false)) => Aspect::Headers,
        Some((Verdict::Refused(_), false)) => Aspect::Names,
        _ => Aspect::Authorities,
    }
}

fn who(user: &User) -> String {
    let mut text = format!("user {}", user.username);
    if !user.groups.is_empty() {
        text.push_str(&format!(" in {}", list(&user.groups, "and")));
    }
    if !user.uid.is_empty() {
        text.push_str(&format!(" with uid {}", user.uid));
    }
    if !user.extra.is_empty() {
        let keys: Vec<&str> = user.extra.keys().map(String::as_str).collect();
        text.push_str(&format!(" with extra {}", list(&keys, "and")));
    }
    text
}

/// Without the client CA it is not known who else it may be.
fn outcome(decision: &Decision, is_client_ca_known: bool) -> String {
    let refusal = decision.refusal();
    if !is_client_ca_known && decision.front_proxy_user().is_none() {
        return refusal.map_or_else(|| "no front proxy".to_owned(), |why| format!("no front proxy ({why})"));
    }
    match (&decision.user, decision.handshake_failure.as_deref().or(refusal)) {
        (Some(user), _) => who(user),
        (None, Some(why)) => format!("refused with 401 ({why})"),
        (None, None) => "refused with 401".to_owned(),
    }
}
