#!/bin/sh
# install.sh VENV: the real SGLang on a computer without a GPU, for the tests. Does nothing when
# VENV was already built from these files.
set -eu
venv=$1
here=$(cd "$(dirname "$0")" && pwd)
python=${PYTHON:-python3}
stamp=$({ cat "$here"/*.*; "$python" --version; } | sha256sum)
if [ "$(cat "$venv/built-from" 2>/dev/null)" = "$stamp" ]; then
    exit 0
fi
if [ -e "$venv" ] && [ ! -e "$venv/pyvenv.cfg" ]; then
    echo "$venv is not a virtual environment: it is left as it is" >&2
    exit 1
fi
echo "Setting up $venv, SGLang on the CPU; this takes some minutes."
"$python" -m venv --clear "$venv"
"$venv/bin/pip" install -qq --disable-pip-version-check --no-deps \
    --requirement "$here/requirements.txt"
packages=$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
cp "$here/sgl_kernel.py" "$here/torchvision_ops.py" "$packages"
echo "import torchvision_ops" >"$packages/torchvision_ops.pth"
SGLANG_USE_CPU_ENGINE=1 "$venv/bin/python" -W ignore -c "
import sglang.srt.entrypoints.http_server
import sglang.srt.models.llama, sglang.srt.models.qwen2, sglang.srt.models.qwen2_5_vl
import sglang.srt.multimodal.processors.qwen_vl" >/dev/null
"$venv/bin/python" -m sglang_router.launch_router --help >/dev/null
echo "$stamp" >"$venv/built-from"
