// Filled by the small tab of this name.
