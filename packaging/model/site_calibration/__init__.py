"""What the shipped encoders score together: their cohort, their fusion, and impostors' tails."""
