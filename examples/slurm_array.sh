#!/bin/bash
# Grades a class as a Slurm array: each task does one share, on a node of its own.
#
#   sbatch --wait examples/slurm_array.sh /shared/class /shared/hand-ins /shared/results
#   course collect /shared/results --course /shared/class
#
# All three folders lie where every node sees them. A task that was stopped goes on where it was:
# sbatch --array=3 sends the third one off again.
#SBATCH --job-name=course-grade
#SBATCH --array=1-8
#SBATCH --cpus-per-task=4
#SBATCH --mem=8G
#SBATCH --time=02:00:00
set -euo pipefail

class=$1 hand_ins=$2 results=$3

export OMP_NUM_THREADS=1
course grade "$hand_ins" --course "$class" --shard "$SLURM_ARRAY_TASK_ID/8" \
  --out "$results" --jobs "$SLURM_CPUS_PER_TASK"
