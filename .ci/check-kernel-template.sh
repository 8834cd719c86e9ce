#!/usr/bin/env bash
# A kernel from outside: packs the library and the template, makes a project of it in a folder elsewhere as docs/first-kernel.md says,
# builds it against the package, has vgg check it, and classifies a picture by it. Needs a Release build.
set -euo pipefail
cd "$(dirname "$0")/.."
root=$PWD feed=$PWD/artifacts/packages
vgg() { dotnet "$root/Cli/bin/Release/net10.0/vgg.dll" "$@"; }

rm -rf "$feed"
dotnet pack Kernels -c Release --no-build -o "$feed" --nologo -v quiet
dotnet pack templates -c Release -o "$feed" --nologo -v quiet

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
# Neither the user's templates nor packages of the same version from before.
export NUGET_PACKAGES=$work/packages
dotnet new install "$feed"/Gpu.Templates.*.nupkg --debug:custom-hive "$work/hive" > /dev/null
dotnet new vgg-kernel --name FirstKernel --algorithm first --feed "$feed" --debug:custom-hive "$work/hive"
dotnet build FirstKernel -c Release --nologo -v quiet
library=$work/FirstKernel/bin/Release/net10.0/FirstKernel.dll
[[ ! -e $work/FirstKernel/bin/Release/net10.0/Gpu.Kernels.dll ]]

vgg kernels check --kernels "$library" --algorithm first --device simulator | tee /dev/stderr | grep -q '^first .* right$'
vgg classify "$root/samples/sunflower.jpg" --kernels "$library" --algorithm '*=first' --device simulator --top 1 2> /dev/null | grep '^1  sunflower'
