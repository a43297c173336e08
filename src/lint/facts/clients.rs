//! Whose clients a component beside kube-apiserver is judged by: its own, and those of the cluster.

use std::borrow::Cow;

use crate::lint::{Context, Outcome};
use crate::model::{Reason, Setup, TrustBundle};

use super::look::together;
use super::reuse::shared_ca;

/// Whose clients they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Clients {
    Own,
    /// Without `--client-ca-file` a component takes the client CA from the ConfigMap, where kube-apiserver publishes its
    /// own (`DelegatingAuthenticationOptions.ApplyTo`).
    Lent,
    /// It has another client CA. Whom that of the cluster makes front proxies counts wherever a front proxy is believed,
    /// whatever else is a client there.
    OfServer,
}

/// Judges the component by its own clients and, where nothing is found, by those of the kube-apiserver beside it.
pub(crate) fn or_of_server(
    setup: &Setup,
    context: &Context<'_>,
    judge: impl Fn(&Setup, Clients) -> Outcome,
) -> Outcome {
    let mut judged = Vec::new();
    for (setup, clients) in views(setup, context) {
        judged.push(Err(judge(&setup, clients)));
        if let Some(Err(Outcome::Fail(_))) = judged.last() {
            break;
        }
    }
    together(judged)
}

/// The reason that a rule about a lesser fault of the component gives when one of these clients' CAs is shared.
pub(crate) fn shared_ca_of_component(setup: &Setup, context: &Context<'_>) -> Option<Reason> {
    views(setup, context).find_map(|(setup, _)| shared_ca(&setup, context))
}

/// The component as it is with the client CA of each.
fn views<'s>(setup: &'s Setup, context: &Context<'_>) -> impl Iterator<Item = (Cow<'s, Setup>, Clients)> {
    let is_lent = setup.client_ca.is_not_given() && setup.client_ca.flag.is_absent();
    let of_server = with_client_ca_of_server(setup, context).map(Cow::Owned);
    let own = (!is_lent || of_server.is_none()).then_some((Cow::Borrowed(setup), Clients::Own));
    let clients = if is_lent { Clients::Lent } else { Clients::OfServer };
    own.into_iter().chain(of_server.map(|of_server| (of_server, clients)))
}

/// `None`: there is none, or it is the same.
fn with_client_ca_of_server(setup: &Setup, context: &Context<'_>) -> Option<Setup> {
    if setup.requestheader_client_ca.is_not_given() {
        return None;
    }
    let lender = context.beside.lenders().find(|lender| !lender.client_ca.is_not_given())?;
    let is_same = |(one, other): (&TrustBundle, &TrustBundle)| one.certificates().eq(other.certificates());
    if setup.client_ca.loaded().zip(lender.client_ca.loaded()).is_some_and(is_same) {
        return None;
    }
    let mut of_server = setup.clone();
    of_server.client_ca = lender.client_ca.clone();
    Some(of_server)
}
