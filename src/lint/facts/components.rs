//! What the controller manager and the scheduler are given for front proxies: the same as kube-apiserver.

use super::flags::list_flag;
use super::wording::list;
use crate::lint::{Context, Fix, Outcome, Target};
use crate::model::{AllowedNames, Overlap, Setup, is_same_file};

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
        Some(_) => Fix::from(format!(
            "First give kube-apiserver a CA of the front proxy's own, as check of its flags says; {component} gets the same \
             file and names once they are there. Then check both again."
        )),
        None => Fix::from(format!(
            "Give {component} --requestheader-client-ca-file and --requestheader-allowed-names as kube-apiserver has \
             them, or neither: it reads them from the ConfigMap then. Where kube-apiserver has no CA of the front proxy's \
             own either, that comes first: check of its flags prints how to make one."
        )),
    }
}

/// The front proxies of the kube-apiservers beside a component, once those agree whom they trust. `names`: what its own list
/// has to be then, where it lacks one.
pub(crate) fn follow(setup: &Setup, servers: &[&Setup], names: Option<&[String]>) -> Fix {
    let component = setup.invocation.component.name();
    let Some(server) = servers.first().filter(|first| servers.iter().all(|server| has_same_cas(first, server))) else {
        return Fix::from(format!(
            "The kube-apiservers here do not trust the same requestheader CAs: let them agree first. Then give {component} the \
             same file and names."
        ));
    };
    let flag = &setup.requestheader_client_ca.flag;
    let is_same = is_same_file((setup, flag), (server, &server.requestheader_client_ca.flag));
    let path = server
        .requestheader_client_ca
        .path()
        .filter(|path| !is_same && setup.requestheader_client_ca.path() != Some(path));
    let fix = match path {
        Some(path) => Fix::from(format!(
            "Give {component} the file that kube-apiserver has, where it can read it (a Pod mounts its directory), and start it \
             again. Whoever else speaks to {component} as a front proxy needs a client of a CA in that file first."
        ))
        .flag(format!("--requestheader-client-ca-file={path}")),
        None => Fix::from(format!(
            "The file that {component} has under the path {} is another one than kube-apiserver's: let both have the same, as by \
             the same mount. Whoever else speaks to {component} as a front proxy needs a client of a CA in that file first.",
            flag.as_written()
        )),
    };
    fix.flags(names.map(|names| list_flag("requestheader-allowed-names", names)))
}

fn has_same_cas(one: &Setup, other: &Setup) -> bool {
    let bundles = one.requestheader_client_ca.loaded().zip(other.requestheader_client_ca.loaded());
    bundles.is_some_and(|(one, other)| one.certificates().eq(other.certificates()))
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
