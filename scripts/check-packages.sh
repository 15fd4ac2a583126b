#!/usr/bin/env bash
# Makes packages of the libraries and checks that a program of `dotnet new worker` restores and builds with them: by
# package from a folder, and by project reference. A version that we ask for above the template's own is an error there
# (NU1605). Needs a Release build of the solution.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."

export DOTNET_CLI_UI_LANGUAGE=en DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
root=$PWD
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

for project in Abstractions Broker Worker OpenTelemetry; do
  dotnet pack "src/$project" -c Release --no-build --nologo -v quiet -o "$folder/feed"
done
version=$(basename "$folder"/feed/BrokerQueues.Worker.*.nupkg .nupkg)
version=${version#BrokerQueues.Worker.}

# Its packages folder is its own, so that the packages of an earlier run are not taken for these; all others come from
# the machine's. Outside the repository, whose build properties a user does not have either.
fresh_worker() { # NAME, then what to add
  local name=$1
  shift
  dotnet new worker -o "$folder/$name" --no-restore >/dev/null
  cat >"$folder/$name/Directory.Build.props" <<XML
<Project>
  <PropertyGroup>
    <RestorePackagesPath>$folder/packages</RestorePackagesPath>
    <RestoreFallbackFolders>${NUGET_PACKAGES:-$HOME/.nuget/packages}</RestoreFallbackFolders>
    <RestoreAdditionalProjectSources>$folder/feed</RestoreAdditionalProjectSources>
  </PropertyGroup>
</Project>
XML
  dotnet add "$folder/$name" "$@" >/dev/null
  cat >"$folder/$name/Program.cs" <<'CS'
using BrokerQueues;
using BrokerQueues.Worker;

var builder = Host.CreateApplicationBuilder(args);
builder.Services.AddBrokerQueues(builder.Configuration).AddWorker(worker => worker.AddProcessorsFrom<Processors>());
builder.Build();

public sealed class Processors
{
    [TaskQueue]
    public const string QueueId = "fresh";

    [TaskProcessor(QueueId, "Do")]
    public Task ProcessAsync(ITaskProcessingJob job, CancellationToken cancellationToken) => job.CommitAsync(cancellationToken);
}
CS
  rm -f "$folder/$name/Worker.cs"
  echo "== a fresh worker with $*"
  dotnet build "$folder/$name" -c Release -v quiet --nologo -warnaserror
}

fresh_worker by-package package BrokerQueues.Worker --version "$version" --no-restore
fresh_worker by-project reference "$root/src/Worker/Worker.csproj"

echo "== the same with package BrokerQueues.OpenTelemetry"
dotnet add "$folder/by-package" package BrokerQueues.OpenTelemetry --version "$version" --no-restore >/dev/null
cat >"$folder/by-package/Telemetry.cs" <<'CS'
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

public static class Telemetry
{
    public static void Add(TracerProviderBuilder traces, MeterProviderBuilder metrics)
    {
        traces.AddBrokerQueuesInstrumentation();
        metrics.AddBrokerQueuesInstrumentation();
    }
}
CS
dotnet build "$folder/by-package" -c Release -v quiet --nologo -warnaserror
