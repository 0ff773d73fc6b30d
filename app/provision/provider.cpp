// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/provision/provider.h"

namespace vitfleet::app {

std::unique_ptr<Provider> makeProvider(ProviderContext context)
{
    switch (context.profile.provider) {
    case ProviderKind::Slurm:
        return makeSlurmProvider(std::move(context));
    case ProviderKind::Kubernetes:
        return makeKubernetesProvider(std::move(context));
    default:
        return makeHostProvider(std::move(context));
    }
}

} // namespace vitfleet::app
