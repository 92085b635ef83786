"""Train a road segmentation network: ``effunet train`` for launchers that want a file.

For example ``torchrun --nproc-per-node 2 train_seg.py --config configs/synthetic_lite0.yaml``.
"""

from effunet.__main__ import entry

if __name__ == "__main__":
    entry("train")
