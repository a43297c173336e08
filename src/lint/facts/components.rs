//! What the controller manager and the scheduler are given for front proxies: the same as kube-apiserver.

use super::flags::list_flag;
use super::wording::{list, separate_ca};
use crate::lint::{Context, Fix, Outcome, Target};
use crate::model::{AllowedNames, Overlap, Setup};

/// What a kube-apiserver has that keeps the two apart. A CA is never made for a component alone: it would be a second one.
pub(crate) fn as_the_server_has(setup: &Setup, context: &Context<'_>) -> Fix {
    let component = setup.invocation.component.name();
    let path = |server: &Setup| server.requestheader_client_ca.path().map(str::to_owned);
    let is_separate =
        |server: &&&Setup| matches!(*context.overlap(server), Overlap::Separate(None)) && !has_ca_of(setup, server);
    let mut separate = context.beside.servers.iter().filter(is_separate);
    if let Some((path, names)) = separate.find_map(|server| Some((path(server)?, server.allowed_names().ok()?))) {
        let names = match &names {
            AllowedNames::Only(names) => names.as_slice(),
            AllowedNames::Any => &[],
        };
        return Fix::from(format!("Give {component} what kube-apiserver has, with the file where it can read it."))
            .flag(format!("--requestheader-client-ca-file={path}"))
            .flag(list_flag("requestheader-allowed-names", names));
    }
    let has_fault = |server: &&&Setup| context.overlap(server).is_reuse() || has_ca_of(setup, server);
    match context.beside.servers.iter().find(has_fault) {
        Some(server) => {
            let flags = separate_ca(server).flags.into_iter().take(2);
            Fix::from(format!(
                "Give {component} what kube-apiserver gets, with the file where it can read it, once that is there: the CA of \
                 its own comes first."
            ))
            .flags(flags)
        }
        None => Fix::from(format!(
            "Give {component} --requestheader-client-ca-file and --requestheader-allowed-names as kube-apiserver has \
             them, or neither: it reads them from the ConfigMap then. Where kube-apiserver has no CA of the front proxy's \
             own either, that comes first: check of its flags prints how to make one."
        )),
    }
}

/// Whether a component trusts a CA of a server for front proxies.
fn has_ca_of(component: &Setup, server: &Setup) -> bool {
    let bundles = component.requestheader_client_ca.loaded().zip(server.requestheader_client_ca.loaded());
    bundles.is_some_and(|(ours, theirs)| ours.certificates().any(|ca| theirs.certificates().any(|other| ca == other)))
}

/// Says of a CA of kube-apiserver's own which components beside it trust the old one, too.
pub(crate) fn told_of(outcome: Outcome, target: Target<'_>, context: &Context<'_>) -> Outcome {
    let Outcome::Fail(mut findings) = outcome else { return outcome };
    let has_bundle = |setup: &&&Setup| setup.requestheader_client_ca.flag.is_path_given();
    let components = context.beside.other_components.iter().filter(has_bundle);
    let mut names: Vec<&str> = components.map(|setup| setup.invocation.component.name()).collect();
    names.dedup();
    let is_of_server = match target {
        Target::Server(_) => !names.is_empty(),
        Target::OtherComponent(_) => !names.is_empty() && !context.beside.servers.is_empty(),
        _ => false,
    };
    for finding in findings.iter_mut().filter(|finding| is_of_server && finding.fix.own_ca) {
        let fix = std::mem::take(&mut finding.fix);
        let names = list(&names, "and");
        finding.fix = fix.saying(|this| {
            format!(
                "{this} Then give the first two flags to {names}, too: its own --requestheader-client-ca-file still names the \
                 CA before."
            )
        });
    }
    Outcome::Fail(findings)
}
